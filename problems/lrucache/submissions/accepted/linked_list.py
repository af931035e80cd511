class Node:
    def __init__(self, key=0, value=0):
        self.key = key
        self.value = value
        self.before = self.behind = None


class LRUCache:
    def __init__(self, capacity):
        self.capacity = capacity
        self.nodes = {}
        # Two guards, so that every node has neighbours.
        self.oldest, self.latest = Node(), Node()
        self.oldest.behind, self.latest.before = self.latest, self.oldest

    def take_out(self, node):
        node.before.behind, node.behind.before = node.behind, node.before

    def append(self, node):
        node.before, node.behind = self.latest.before, self.latest
        node.before.behind = self.latest.before = node

    def get(self, key):
        node = self.nodes.get(key)
        if node is None:
            return -1
        self.take_out(node)
        self.append(node)
        return node.value

    def put(self, key, value):
        if key in self.nodes:
            self.take_out(self.nodes[key])
        self.nodes[key] = Node(key, value)
        self.append(self.nodes[key])
        if len(self.nodes) > self.capacity:
            # A node knows its key, for the map has to forget it too.
            node = self.oldest.behind
            self.take_out(node)
            del self.nodes[node.key]
