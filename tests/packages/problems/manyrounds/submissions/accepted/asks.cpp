#include <iostream>

int main() {
    long n, number, sum = 0;
    std::cin >> n;
    while (n--) {
        std::cout << "?" << std::endl;
        std::cin >> number;
        sum += number;
    }
    std::cout << sum << std::endl;
}
