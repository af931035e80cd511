#include <iostream>
#include <list>
#include <string>
#include <unordered_map>

struct Item {
    int value, count;
    std::list<int>::iterator place;
};

class LRUCache {
public:
    explicit LRUCache(int capacity) : capacity(capacity) {}

    int get(int key) {
        auto found = items.find(key);
        if (found == items.end()) return -1;
        use(key, found->second);
        return found->second.value;
    }

    void put(int key, int value) {
        auto found = items.find(key);
        if (found != items.end()) {
            found->second.value = value;
            use(key, found->second);
            return;
        }
        if ((int)items.size() == capacity) {
            items.erase(groups[fewest].front());
            groups[fewest].pop_front();
        }
        fewest = 1;
        groups[1].push_back(key);
        items[key] = {value, 1, --groups[1].end()};
    }

private:
    void use(int key, Item& item) {
        groups[item.count].erase(item.place);
        if (item.count == fewest && groups[fewest].empty()) fewest++;
        auto& group = groups[++item.count];
        group.push_back(key);
        item.place = --group.end();
    }

    int capacity, fewest = 1;
    std::unordered_map<int, Item> items;
    std::unordered_map<int, std::list<int>> groups;  // by how many uses, the oldest first
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
