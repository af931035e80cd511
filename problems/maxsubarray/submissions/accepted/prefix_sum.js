const nums = require("fs").readFileSync(0, "utf8").trim().split(/\s+/).slice(1).map(Number);
let best = nums[0], lowest = 0, before = 0;
for (const num of nums) {
  before += num;
  best = Math.max(best, before - lowest);
  lowest = Math.min(lowest, before);
}
console.log(best);
