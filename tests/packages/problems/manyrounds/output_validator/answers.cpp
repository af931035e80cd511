#include <fstream>
#include <iostream>
#include <string>

int main(int, char **words) {
    long n;
    std::ifstream(words[1]) >> n;
    std::cout << n << std::endl;
    unsigned long long number = 1, sum = 0, said;
    std::string question;
    for (long i = 0; i < n; i++) {
        if (!(std::cin >> question) || question != "?") return 43;
        number = number * 1103515245 % 2147483647;
        sum += number;
        std::cout << number << std::endl;
    }
    return std::cin >> said && said == sum && !(std::cin >> question) ? 42 : 43;
}
