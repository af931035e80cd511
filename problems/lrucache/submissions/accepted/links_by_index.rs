use std::collections::HashMap;
use std::io::{self, Read};

#[derive(Clone, Default)]
struct Node {
    key: i32,
    value: i32,
    before: usize,
    behind: usize,
}

// Node 0 closes the ring: the oldest is behind it, the latest before it.
struct LRUCache {
    capacity: usize,
    places: HashMap<i32, usize>,
    nodes: Vec<Node>,
}

impl LRUCache {
    fn new(capacity: usize) -> Self {
        LRUCache { capacity, places: HashMap::new(), nodes: vec![Node::default()] }
    }

    fn take_out(&mut self, node: usize) {
        let Node { before, behind, .. } = self.nodes[node];
        self.nodes[before].behind = behind;
        self.nodes[behind].before = before;
    }

    fn append(&mut self, node: usize) {
        let latest = self.nodes[0].before;
        self.nodes[node].before = latest;
        self.nodes[node].behind = 0;
        self.nodes[latest].behind = node;
        self.nodes[0].before = node;
    }

    fn get(&mut self, key: i32) -> i32 {
        match self.places.get(&key).copied() {
            Some(node) => {
                self.take_out(node);
                self.append(node);
                self.nodes[node].value
            }
            None => -1,
        }
    }

    fn put(&mut self, key: i32, value: i32) {
        let node = if let Some(&node) = self.places.get(&key) {
            self.take_out(node);
            node
        } else if self.places.len() == self.capacity {
            let oldest = self.nodes[0].behind;
            self.take_out(oldest);
            self.places.remove(&self.nodes[oldest].key);
            oldest
        } else {
            self.nodes.push(Node::default());
            self.nodes.len() - 1
        };
        self.nodes[node].key = key;
        self.nodes[node].value = value;
        self.places.insert(key, node);
        self.append(node);
    }
}

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut words = text.split_ascii_whitespace();
    let mut cache = LRUCache::new(words.next().unwrap().parse().unwrap());
    words.next();
    let mut out = String::new();
    while let Some(name) = words.next() {
        let key: i32 = words.next().unwrap().parse().unwrap();
        if name == "get" {
            out.push_str(&format!("{}\n", cache.get(key)));
        } else {
            cache.put(key, words.next().unwrap().parse().unwrap());
        }
    }
    print!("{}", out);
}
