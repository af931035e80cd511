#include <iostream>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

class LRUCache {
public:
    explicit LRUCache(int capacity) : capacity(capacity) {}

    int get(int key) {
        auto found = places.find(key);
        if (found == places.end()) return -1;
        items.splice(items.begin(), items, found->second);
        return found->second->second;
    }

    void put(int key, int value) {
        auto found = places.find(key);
        if (found != places.end()) {
            found->second->second = value;
            items.splice(items.begin(), items, found->second);
            return;
        }
        if ((int)items.size() == capacity) {
            places.erase(items.back().first);
            items.pop_back();
        }
        items.emplace_front(key, value);
        places[key] = items.begin();
    }

private:
    int capacity;
    std::list<std::pair<int, int>> items;  // the latest first
    std::unordered_map<int, std::list<std::pair<int, int>>::iterator> places;
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
