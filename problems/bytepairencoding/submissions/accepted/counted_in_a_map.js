const numbers = require("fs").readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const [n, m, k] = numbers;

function split(bytes) {
  const words = [];
  for (const byte of bytes) {
    if (byte === 32 || !words.length) words.push([]);
    words[words.length - 1].push(byte);
  }
  return words;
}

function merge(word, pair, merged) {
  const made = [];
  for (let i = 0; i < word.length; i++) {
    if (i + 1 < word.length && word[i] * 1000 + word[i + 1] === pair) {
      made.push(merged);
      i++;
    } else made.push(word[i]);
  }
  return made;
}

let text = split(numbers.slice(3, 3 + n));
let query = split(numbers.slice(3 + n, 3 + n + m));
const merges = [];
while (merges.length < k) {
  const counts = new Map();
  for (const word of text) {
    for (let i = 0; i + 1 < word.length; i++) {
      const pair = word[i] * 1000 + word[i + 1];
      counts.set(pair, (counts.get(pair) || 0) + 1);
    }
  }
  let best = -1;
  let most = 1;
  for (const [pair, count] of counts) {
    if (count > most || (count === most && count > 1 && pair < best)) [best, most] = [pair, count];
  }
  if (best < 0) break;
  const merged = 256 + merges.length;
  text = text.map((word) => merge(word, best, merged));
  query = query.map((word) => merge(word, best, merged));
  merges.push(best);
}
const ids = query.flat();
const lines = merges.map((pair) => `${Math.floor(pair / 1000)} ${pair % 1000}`);
console.log([merges.length, ...lines, ids.length, ids.join(" ")].join("\n"));
