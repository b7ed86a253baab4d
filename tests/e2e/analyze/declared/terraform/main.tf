resource "aws_dynamodb_table" "t" {
  name = "orders"
}

resource "aws_iam_role" "f" {
  name = "f"
}

data "aws_iam_policy_document" "f" {
  statement {
    actions   = ["dynamodb:*"]
    resources = [aws_dynamodb_table.t.arn]
  }
}

resource "aws_iam_role_policy" "f" {
  role   = aws_iam_role.f.id
  policy = data.aws_iam_policy_document.f.json
}

resource "aws_iam_role_policy" "g" {
  role = aws_iam_role.f.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" }]
  })
}

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.f.arn
  handler       = "app.handler"
  filename      = "f.zip"
}
