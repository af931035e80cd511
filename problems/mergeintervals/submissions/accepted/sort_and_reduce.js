const [n, ...ends] = require("fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const intervals = Array.from({ length: n }, (_, i) => [ends[2 * i], ends[2 * i + 1]]);
const merged = intervals
  .sort((a, b) => a[0] - b[0])
  .reduce((parts, [left, right]) => {
    const last = parts[parts.length - 1];
    if (last && left <= last[1]) last[1] = Math.max(last[1], right);
    else parts.push([left, right]);
    return parts;
  }, []);
console.log([merged.length, ...merged.map((part) => part.join(" "))].join("\n"));
