exports.both = (a, b) => a + b;
