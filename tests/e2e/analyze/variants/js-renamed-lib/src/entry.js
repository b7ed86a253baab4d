"use strict";
const q = require("@aws-sdk/lib-dynamodb"), w = require("@aws-sdk/client-dynamodb");
const TABLE_VARIABLE = "ORDERS_TABLE";
const factory = () => q.DynamoDBDocumentClient.from(new w.DynamoDBClient());
const zz = factory();
async function go(a, b) { const c = Object.assign({}, a, { Item: b }); await zz.send(new q.PutCommand(c)); }
exports.main = async (e) => { await Promise.all([e].map((x) => go({ TableName: process.env[TABLE_VARIABLE] }, x))); };