const { DynamoDBClient: Db, PutItemCommand } = require("@aws-sdk/client-dynamodb");
const shop = new Db({});
const where = process.env["ORDERS_TABLE"];
exports.handler = async (incoming) => {
  const params = { Item: { id: { S: incoming.id } } };
  params.TableName = where;
  const write = new PutItemCommand(params);
  return shop.send(write);
};