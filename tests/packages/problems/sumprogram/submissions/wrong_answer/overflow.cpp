#include <iostream>

int main() {
    int n, sum = 0;
    std::cin >> n;
    for (long long value; n-- > 0 && std::cin >> value;) sum += static_cast<int>(value);
    std::cout << sum << std::endl;
}
