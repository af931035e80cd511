#include <iostream>
#include <queue>
#include <functional>
#include <vector>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, k, num;
    std::cin >> n >> k;
    std::priority_queue<int, std::vector<int>, std::greater<>> kept;
    for (int i = 0; i < k; i++) kept.push(0);
    for (int i = 0; i < n; i++) {
        std::cin >> num;
        kept.push(num);
        if ((int)kept.size() > k) kept.pop();
    }
    std::cout << kept.top() << "\n";
}
