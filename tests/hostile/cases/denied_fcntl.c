/* Commands of fcntl that reach beyond the caller: leases, owners of signals, open file locks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  int f = open("file", O_RDWR | O_CREAT, 0600), p[2], got = 0;
  struct flock l = {.l_type = F_WRLCK};
  pipe(p);
  got += fcntl(f, F_SETLEASE, F_WRLCK) == 0;
  got += fcntl(p[0], F_SETOWN, getppid()) == 0;
  got += fcntl(p[0], F_SETSIG, 9) == 0;
  got += fcntl(f, F_OFD_SETLK, &l) == 0;
  got += fcntl(f, F_SETLKW, &l) == 0;
  got += lockf(f, F_TLOCK, 1) == 0;
  got += fcntl(p[1], F_SETPIPE_SZ, 1 << 20) > 0;
  puts(got ? "got" : "denied");
}
