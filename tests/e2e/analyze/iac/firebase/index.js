exports.onOrder = async () => {};
