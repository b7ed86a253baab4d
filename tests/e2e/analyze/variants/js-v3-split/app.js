const { saveOrder } = require("./lib/orders");
module.exports.handler = (event, context, callback) => saveOrder(event).then((r) => callback(null, r), callback);