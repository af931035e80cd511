class LRUCache:
    def __init__(self, capacity):
        self.capacity = capacity
        self.items = {}

    def get(self, key):
        if key not in self.items:
            return -1
        self.items[key] = self.items.pop(key)
        return self.items[key]

    def put(self, key, value):
        self.items.pop(key, None)
        if len(self.items) == self.capacity:
            del self.items[next(iter(self.items))]
        self.items[key] = value
