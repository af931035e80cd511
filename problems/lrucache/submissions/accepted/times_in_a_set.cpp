#include <iostream>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

class LRUCache {
public:
    explicit LRUCache(int capacity) : capacity(capacity) {}

    int get(int key) {
        auto found = items.find(key);
        if (found == items.end()) return -1;
        use(key, found->second.second);
        return found->second.first;
    }

    void put(int key, int value) {
        items[key].first = value;
        use(key, items[key].second);
        if ((int)items.size() > capacity) {
            items.erase(keys.begin()->second);
            keys.erase(keys.begin());
        }
    }

private:
    void use(int key, int& time) {
        keys.erase(time);
        time = ++now;
        keys[time] = key;
    }

    int capacity, now = 0;
    std::unordered_map<int, std::pair<int, int>> items;  // value, time of the last use
    std::map<int, int> keys;                             // by the time of their last use
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
