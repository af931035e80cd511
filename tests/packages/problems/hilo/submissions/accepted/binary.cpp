#include <iostream>
#include <string>

int main() {
    int low = 1, high = 100;
    while (true) {
        int guess = (low + high) / 2;
        std::cout << guess << std::endl;
        std::string said;
        std::cin >> said;
        if (said == "right") return 0;
        (said == "lower" ? high : low) = said == "lower" ? guess - 1 : guess + 1;
    }
}
