/* 200 bytes of the kernel's memory each, that no group counts. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  long n = 0;
  int child = 0;
  for (int p = 0; p < 5 && !child; p++) child = !fork();
  static int fd[64]; char name[40];
  for (int i = 0; i < 64; i++) { snprintf(name, sizeof name, "%d.%d", getpid(), i); fd[i] = open(name, O_RDWR | O_CREAT, 0600); }
  for (long j = 400; j > 0; j--) for (int i = 0; i < 64; i++) {
    struct flock l = {.l_type = F_WRLCK, .l_start = 2 * j, .l_len = 1};
    if (fcntl(fd[i], F_SETLK, &l)) { if (!child) puts("denied"); return 0; }
    n++;
  }
  printf("%ld\n", n);
}
