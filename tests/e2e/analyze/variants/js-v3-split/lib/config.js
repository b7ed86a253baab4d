const env = process.env;
module.exports = { tables: { orders: env.ORDERS_TABLE } };