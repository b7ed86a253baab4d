variable "queue" {}

resource "aws_lambda_function" "worker" {
  function_name = "worker"
  filename      = "${path.module}/code.zip"
  handler       = "main.run"
  runtime       = "python3.12"
  environment {
    variables = { QUEUE = var.queue }
  }
}
