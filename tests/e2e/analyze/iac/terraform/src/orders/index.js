const { SQSClient } = require("@aws-sdk/client-sqs");
exports.handler = async () => {};
