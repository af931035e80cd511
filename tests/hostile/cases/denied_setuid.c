/* A program with the bit that makes others root, and a shell. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    setuid(0);
    setreuid(0, 0);
    if (geteuid() == 0) puts("root");
    chmod("/proc/self/exe", 04755);
    if (system("cat /etc/shadow 2>/dev/null") == 0) puts("read");
    if (system("mount -t tmpfs none . 2>/dev/null") == 0) puts("mounted");
    puts("denied");
    return 0;
}
