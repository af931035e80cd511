const words = require("fs").readFileSync(0, "utf8").split(/\s+/);
const n = Number(words[0]);
// s may be above 2^53 and get rounded there, but no sum comes anywhere near it.
const s = Number(words[1]);
const nums = words.slice(2, 2 + n).map(Number);
let total = 0, left = 0, best = 0;
for (let right = 0; right < n; right++) {
  total += nums[right];
  while (total > s) total -= nums[left++];
  best = Math.max(best, right - left + 1);
}
console.log(best);
