const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient } = require("@aws-sdk/lib-dynamodb");
let kept;
exports.client = () => {
  if (!kept) kept = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  return kept;
};