#include <algorithm>
#include <iostream>
#include <list>
#include <string>
#include <utility>

class LRUCache {
public:
    explicit LRUCache(int capacity) : capacity(capacity) {}

    int get(int key) {
        auto found = find(key);
        if (found == items.end()) return -1;
        items.splice(items.begin(), items, found);
        return found->second;
    }

    void put(int key, int value) {
        auto found = find(key);
        if (found != items.end()) {
            items.erase(found);
        } else if ((int)items.size() == capacity) {
            items.pop_back();
        }
        items.emplace_front(key, value);
    }

private:
    std::list<std::pair<int, int>>::iterator find(int key) {
        return std::find_if(items.begin(), items.end(), [=](auto& item) { return item.first == key; });
    }

    int capacity;
    std::list<std::pair<int, int>> items;  // the latest first
};

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int capacity, q, key, value;
    std::string name;
    std::cin >> capacity >> q;
    LRUCache cache(capacity);
    while (q--) {
        std::cin >> name >> key;
        if (name == "get") {
            std::cout << cache.get(key) << "\n";
        } else {
            std::cin >> value;
            cache.put(key, value);
        }
    }
}
