from collections import OrderedDict


class LRUCache:
    def __init__(self, capacity):
        self.capacity = capacity
        self.values = {}
        self.counts = {}
        self.groups = {}  # by how many uses: keys, the oldest use first
        self.fewest = 1

    def use(self, key):
        count = self.counts.get(key, 0)
        if count:
            del self.groups[count][key]
            if count == self.fewest and not self.groups[count]:
                self.fewest += 1
        self.counts[key] = count + 1
        self.groups.setdefault(count + 1, OrderedDict())[key] = None

    def get(self, key):
        if key not in self.values:
            return -1
        self.use(key)
        return self.values[key]

    def put(self, key, value):
        if key not in self.values:
            if len(self.values) == self.capacity:
                oldest, _ = self.groups[self.fewest].popitem(last=False)
                del self.values[oldest], self.counts[oldest]
            self.fewest = 1
        self.use(key)
        self.values[key] = value
