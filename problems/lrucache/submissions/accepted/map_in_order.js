class LRUCache {
  constructor(capacity) {
    this.capacity = capacity;
    this.items = new Map();
  }
  get(key) {
    if (!this.items.has(key)) return -1;
    const value = this.items.get(key);
    this.items.delete(key);
    this.items.set(key, value);
    return value;
  }
  put(key, value) {
    this.items.delete(key);
    this.items.set(key, value);
    if (this.items.size > this.capacity) this.items.delete(this.items.keys().next().value);
  }
}

const [first, ...lines] = require("fs").readFileSync(0, "utf8").trim().split("\n");
const cache = new LRUCache(Number(first.split(" ")[0]));
const out = [];
for (const line of lines) {
  const [name, key, value] = line.split(" ");
  if (name === "get") out.push(cache.get(Number(key)));
  else cache.put(Number(key), Number(value));
}
console.log(out.join("\n"));
