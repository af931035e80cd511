#include "feedback.h"

int main(int argc, char **argv) {
    long long wanted, a, b;
    std::ifstream(argv[1]) >> wanted;
    if (!(std::cin >> a >> b)) say(argv[3], 43, "Print two integers.", "no two numbers");
    if (a < 1 || b < 1) say(argv[3], 43, "Both must be positive.", "not positive");
    if (a > wanted || b > wanted || a + b != wanted) say(argv[3], 43, "", "the sum is not the wanted one");
    std::string more;
    if (std::cin >> more) say(argv[3], 43, "Print nothing else.", "trailing output");
    return 42;
}
