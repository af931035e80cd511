#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    if (open("/app/main", O_WRONLY) >= 0 || open("/app/new", O_WRONLY | O_CREAT, 0755) >= 0)
        puts("wrote to /app");
    int fd = open("/box/tool", O_WRONLY | O_CREAT, 0755);
    write(fd, "#!/bin/sh\necho ran\n", 19);
    close(fd);
    if (fork() == 0) {
        execl("/box/tool", "tool", (char *)0);
        _exit(0);
    }
    for (int i = 3; i < 64; i++)
        if (fcntl(i, F_GETFD) >= 0) printf("descriptor %d\n", i);
    puts("denied");
}
