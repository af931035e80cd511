class LRUCache:
    def __init__(self, capacity):
        self.capacity = capacity
        self.values = {}
        self.used = {}
        self.now = 0

    def get(self, key):
        if key not in self.values:
            return -1
        self.now += 1
        self.used[key] = self.now
        return self.values[key]

    def put(self, key, value):
        if key not in self.values and len(self.values) == self.capacity:
            oldest = min(self.used, key=self.used.get)
            del self.values[oldest], self.used[oldest]
        self.now += 1
        self.used[key] = self.now
        self.values[key] = value
