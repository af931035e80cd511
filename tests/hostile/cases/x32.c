#include <unistd.h>
#include <sys/syscall.h>
int main(void) { return (int)syscall(0x40000000 | 39) < 0; }
