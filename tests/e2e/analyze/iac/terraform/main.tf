locals {
  common = { STAGE = var.stage }
  prefix = "shop-${var.stage}"
}

resource "aws_dynamodb_table" "orders" {
  name     = "${local.prefix}-orders"
  hash_key = "id"
}

resource "aws_sqs_queue" "jobs" {
  name = format("%s-jobs", local.prefix)
}

data "archive_file" "orders" {
  type        = "zip"
  source_dir  = "${path.module}/src/orders"
  output_path = "orders.zip"
}

resource "aws_lambda_function" "orders" {
  function_name = "${local.prefix}-orders"
  filename      = data.archive_file.orders.output_path
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  role          = aws_iam_role.orders.arn
  environment {
    variables = merge(local.common, {
      TABLE     = aws_dynamodb_table.orders.name
      TABLE_ARN = aws_dynamodb_table.orders.arn
      ACCOUNT   = data.aws_caller_identity.me.account_id
    })
  }
}

resource "aws_lambda_event_source_mapping" "jobs" {
  event_source_arn = aws_sqs_queue.jobs.arn
  function_name    = aws_lambda_function.orders.arn
}

module "worker" {
  source = "./modules/worker"
  queue  = aws_sqs_queue.jobs.url
}
