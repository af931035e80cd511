from collections import deque


class LRUCache:
    """All uses in their order; those that are not their key's last one are skipped."""

    def __init__(self, capacity):
        self.capacity = capacity
        self.values = {}
        self.uses = deque()
        self.later = {}  # how many uses of a key are in the queue

    def use(self, key):
        self.uses.append(key)
        self.later[key] = self.later.get(key, 0) + 1

    def get(self, key):
        if key not in self.values:
            return -1
        self.use(key)
        return self.values[key]

    def put(self, key, value):
        self.values[key] = value
        self.use(key)
        while len(self.values) > self.capacity:
            oldest = self.uses.popleft()
            self.later[oldest] -= 1
            if self.later[oldest] == 0:
                del self.values[oldest], self.later[oldest]
