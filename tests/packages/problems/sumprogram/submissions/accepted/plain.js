const words = require("fs").readFileSync(0, "utf8").split(/\s+/).filter(Boolean).map(Number);
console.log(words.slice(1).reduce((sum, value) => sum + value, 0));
