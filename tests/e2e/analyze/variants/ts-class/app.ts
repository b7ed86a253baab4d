import { DynamoDBClient, PutItemCommand, type PutItemCommandInput } from "@aws-sdk/client-dynamodb";
interface Order { id: string }
abstract class Base<T> {
  protected constructor(protected readonly client: DynamoDBClient, private table: string) {}
  protected async put(item: T): Promise<void> {
    const input: PutItemCommandInput = { TableName: this.table!, Item: item as any };
    await this.client.send(new PutItemCommand(input));
  }
}
class Orders extends Base<Order> {
  constructor() { super(new DynamoDBClient({}), process.env.ORDERS_TABLE as string); }
  public save = async (o: Order) => this.put(o);
}
const orders = new Orders();
export const handler = async (event: Order): Promise<void> => { await orders.save(event); };