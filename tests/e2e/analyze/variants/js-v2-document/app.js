const XRay = require("aws-xray-sdk");
const AWS = XRay.captureAWS(require("aws-sdk"));
const documents = new AWS.DynamoDB.DocumentClient();
exports.handler = (event, context, done) => {
  var params = { TableName: process.env.ORDERS_TABLE, Item: event };
  documents.put(params, function (err, data) { done(err, data); });
};