import * as ddb from "@aws-sdk/client-dynamodb";
import * as lib from "@aws-sdk/lib-dynamodb";
const doc = lib.DynamoDBDocument.from(new ddb.DynamoDBClient({ region: process.env.AWS_REGION }));
export const handler = async (event) => {
  try {
    await doc.put({ ...base(), Item: event });
  } catch (e) { console.error(e); throw e; }
};
function base() { return { TableName: process.env.ORDERS_TABLE }; }