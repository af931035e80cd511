#include <unistd.h>
int main(int count, char **words) {
    (void)count;
    execv("/proc/self/exe", words);
    return 1;
}
