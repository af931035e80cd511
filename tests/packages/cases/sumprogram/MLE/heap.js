// says: More than 192 MiB of memory.
const kept = [];
for (;;) kept.push(new Array(1 << 16).fill(kept.length));
