const config = require("./config.js");
const { client } = require("./aws");
const { PutCommand } = require("@aws-sdk/lib-dynamodb");
exports.saveOrder = async function (order) {
  return client().send(new PutCommand({ TableName: config.tables.orders, Item: order }));
};
exports.dropOrders = async () => client().send(new (require("@aws-sdk/client-dynamodb").DeleteTableCommand)({ TableName: config.tables.orders }));