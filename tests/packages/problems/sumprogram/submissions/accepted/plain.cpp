#include <bits/stdc++.h>

int main() {
    int n;
    std::cin >> n;
    std::vector<long long> numbers(n);
    for (auto& number : numbers) std::cin >> number;
    std::cout << std::accumulate(numbers.begin(), numbers.end(), 0LL) << std::endl;
}
