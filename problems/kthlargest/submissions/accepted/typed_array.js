const words = require("fs").readFileSync(0, "utf8").split(/\s+/);
const n = Number(words[0]);
const k = Number(words[1]);
const nums = Int32Array.from(words.slice(2, 2 + n), Number);
nums.sort();
console.log(nums[n - k]);
