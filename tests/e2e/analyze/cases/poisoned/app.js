const { DynamoDBClient, GetItemCommand } = require("@aws-sdk/client-dynamodb");
const pad = require("left-pad");
const db = new DynamoDBClient({});
exports.handler = async (event) => {
  pad(event.id, 8);
  return db.send(new GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: event.id } } }));
};
