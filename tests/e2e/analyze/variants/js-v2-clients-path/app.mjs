import DynamoDB from "aws-sdk/clients/dynamodb";
const t = `${process.env.ORDERS_TABLE}`;
class Store {
  constructor(table, db = new DynamoDB.DocumentClient()) { this.table = table; this.db = db; }
  async save(Item) { await this.db.put({ TableName: this.table, Item }).promise(); }
  async wipe() { await this.db.delete({ TableName: this.table, Key: {} }).promise(); }
}
const store = new Store(t);
export const handler = (event) => store.save(event);