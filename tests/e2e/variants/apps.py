"""The demo's app in other words: each variant is the same function, a table's name from the environment and one PutItem, as
somebody else would have written it. {path: text}; `template.yaml` is added unless the variant has its own."""

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: {name}
      CodeUri: src/
      Handler: {handler}
      Runtime: {runtime}
      Environment:
        Variables:
          {variable}: {table}
"""


def sam(handler="app.handler", runtime="nodejs22.x", name="fn", variable="TABLE", table="LEDGER"):
    return TEMPLATE.format(**locals())


JS_HEAD = 'const { DynamoDBClient, PutItemCommand } = require("@aws-sdk/client-dynamodb");\n'
ITEM = '{ TableName: process.env.TABLE, Item: { id: { S: "1" } } }'
V3_DOC = '{ TableName: process.env.TABLE, Item: { id: "1" } }'

VARIANTS = {
    "other names": {
        "template.yaml": sam("main.run", name="book-keeping", variable="BOOKS"),
        "src/main.js": """const { DynamoDBClient: Store } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient: Docs, PutCommand: Write } = require("@aws-sdk/lib-dynamodb");
const shelf = Docs.from(new Store({ region: process.env.AWS_REGION }));
exports.run = async (page) => {
  await shelf.send(new Write({ TableName: process.env.BOOKS, Item: { id: page.id } }));
};
"""},
    "v3 client and command, namespace import": {"src/app.js": f"""const ddb = require("@aws-sdk/client-dynamodb");
const client = new ddb.DynamoDBClient({{}});
exports.handler = async () => client.send(new ddb.PutItemCommand({ITEM}));
"""},
    "v3 aggregated client": {"src/app.js": f"""const {{ DynamoDB }} = require("@aws-sdk/client-dynamodb");
const db = new DynamoDB();
exports.handler = async () => db.putItem({ITEM});
"""},
    "v3 DynamoDBDocument": {"src/app.js": f"""const {{ DynamoDB }} = require("@aws-sdk/client-dynamodb");
const {{ DynamoDBDocument }} = require("@aws-sdk/lib-dynamodb");
const db = DynamoDBDocument.from(new DynamoDB({{}}));
exports.handler = async () => {{ await db.put({V3_DOC}); }};
"""},
    "v2 DocumentClient": {"src/app.js": f"""const AWS = require("aws-sdk");
const db = new AWS.DynamoDB.DocumentClient();
exports.handler = async () => db.put({V3_DOC}).promise();
"""},
    "command in a variable": {"src/app.js": JS_HEAD + f"""exports.handler = async () => {{
  const client = new DynamoDBClient({{}});
  const input = {ITEM};
  const command = new PutItemCommand(input);
  return await client.send(command);
}};
"""},
    "table in a constant, destructured environment": {"src/app.js": JS_HEAD + """const { TABLE } = process.env;
const client = new DynamoDBClient({});
module.exports.handler = async function (event) {
  return client.send(new PutItemCommand({ TableName: TABLE, Item: event.item }));
};
"""},
    "split into files": {
        "src/app.js": """const { save } = require("./lib/store");
exports.handler = async (event) => save(event);
""",
        "src/lib/store.js": JS_HEAD + """const { table } = require("./config");
const client = new DynamoDBClient({});
async function save(item) {
  await client.send(new PutItemCommand({ TableName: table, Item: item }));
}
module.exports = { save };
""",
        "src/lib/config.js": """exports.table = process.env.TABLE;
"""},
    "a wrapper with the table as its parameter": {"src/app.js": JS_HEAD + """const client = new DynamoDBClient({});
const put = (table, item) => client.send(new PutItemCommand({ TableName: table, Item: item }));
exports.handler = (event) => put(process.env.TABLE, event.item);
"""},
    "a class": {"src/app.js": JS_HEAD + """class Ledger {
  constructor() {
    this.client = new DynamoDBClient({});
    this.table = process.env.TABLE;
  }
  add(item) {
    return this.client.send(new PutItemCommand({ TableName: this.table, Item: item }));
  }
}
const ledger = new Ledger();
exports.handler = async (event) => ledger.add(event);
"""},
    "ES modules": {"src/app.mjs": f"""import {{ DynamoDBClient, PutItemCommand }} from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient({{}});
export const handler = async () => client.send(new PutItemCommand({ITEM}));
"""},
    "TypeScript": {"src/app.ts": f"""import {{ DynamoDBClient, PutItemCommand }} from "@aws-sdk/client-dynamodb";
import type {{ PutItemCommandInput }} from "@aws-sdk/client-dynamodb";
interface Order {{ id: string }}
const client: DynamoDBClient = new DynamoDBClient({{}});
export const handler = async (event: Order): Promise<void> => {{
  const input: PutItemCommandInput = {{ TableName: process.env.TABLE!, Item: {{ id: {{ S: event.id }} }} }};
  await client.send(new PutItemCommand(input));
}};
"""},
    "Python resource": {
        "template.yaml": sam(runtime="python3.12"),
        "src/app.py": """import os
import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    table.put_item(Item={"id": event["id"]})
"""},
    "Python client": {
        "template.yaml": sam(runtime="python3.12"),
        "src/app.py": """import os
from boto3 import client as make

ddb = make("dynamodb", region_name=os.getenv("AWS_REGION"))
TABLE = os.environ.get("TABLE")


def handler(event, context):
    return ddb.put_item(TableName=TABLE, Item={"id": {"S": event["id"]}})
"""},
    "Python session, in files, keywords in a dictionary": {
        "template.yaml": sam("main.run", runtime="python3.13"),
        "src/main.py": """from store.ledger import Ledger


def run(event, context):
    Ledger().add(event)
""",
        "src/store/__init__.py": "",
        "src/store/ledger.py": """import os

import boto3

session = boto3.Session()


class Ledger:
    def __init__(self):
        self.client = session.client("dynamodb")

    def add(self, event):
        request = {"TableName": os.environ["TABLE"], "Item": {"id": {"S": event["id"]}}}
        self.client.put_item(**request)
"""},
    "environment from Globals": {
        "template.yaml": """Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Handler: app.handler
    Environment:
      Variables: { TABLE: LEDGER }
Resources:
  Fn: { Type: "AWS::Serverless::Function", Properties: { FunctionName: fn, CodeUri: src/ } }
""",
        "src/app.py": """import os, boto3

def handler(event, context):
    boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item=event)
"""},
}
