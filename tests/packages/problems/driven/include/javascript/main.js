const { add } = require("./adder");
const [a, b] = require("fs").readFileSync(0, "utf8").split(/\s+/).map(Number);
const offset = Number(require("fs").readFileSync("settings.txt", "utf8").split(" ")[1]);
console.log(add(a, b) + offset);
