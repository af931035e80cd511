#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int count, char **words) {
    char *self = words[0], made[4096];
    snprintf(made, sizeof made, "%s-new", self);
    if (open(self, O_WRONLY) >= 0 || open(made, O_WRONLY | O_CREAT, 0755) >= 0)
        puts("wrote beside the program");
    int fd = open("tool", O_WRONLY | O_CREAT, 0755);
    if (write(fd, "#!/bin/sh\necho ran\n", 19) != 19) puts("has no folder to write to");
    close(fd);
    if (fork() == 0) {
        execl("./tool", "tool", (char *)0);
        _exit(0);
    }
    for (int i = 3; i < 64; i++)
        if (fcntl(i, F_GETFD) >= 0) printf("descriptor %d\n", i);
    puts("denied");
    return count != 1;
}
