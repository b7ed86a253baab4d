// One warm PutItem for each line on standard input; prints how many milliseconds it took. See latency.py.
const { DynamoDBClient, PutItemCommand } = require("@aws-sdk/client-dynamodb");
const db = new DynamoDBClient({});
const put = () => db.send(new PutItemCommand({ TableName: process.env.ORDERS_TABLE, Item: { orderId: { S: "warm" } } }));

require("node:readline").createInterface({ input: process.stdin }).on("line", async () => {
  const start = process.hrtime.bigint();
  await put();
  console.log(Number(process.hrtime.bigint() - start) / 1e6);
});
