const words = require("fs").readFileSync(0, "utf8").split(/\s+/);
const n = Number(words[0]);
// s may be above 2^53 and get rounded there, but no sum comes anywhere near it.
const s = Number(words[1]);
const before = [0];
for (let i = 0; i < n; i++) before.push(before[i] + Number(words[2 + i]));
const starts = [];
let head = 0, best = Infinity;
for (let end = 0; end <= n; end++) {
  while (head < starts.length && before[end] - before[starts[head]] >= s) {
    best = Math.min(best, end - starts[head++]);
  }
  while (starts.length > head && before[starts[starts.length - 1]] >= before[end]) starts.pop();
  starts.push(end);
}
console.log(best === Infinity ? -1 : best);
