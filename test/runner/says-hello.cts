process.send?.('hello', () => process.disconnect());
