const AWS = require("aws-sdk");
const d = new AWS.DynamoDB({ apiVersion: "2012-08-10" });
exports.handler = async function (event) {
  return d.putItem({ TableName: process.env.ORDERS_TABLE, Item: AWS.DynamoDB.Converter.marshall(event) }).promise();
};