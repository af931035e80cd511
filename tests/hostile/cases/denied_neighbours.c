/* Calls that tell what neighbours do, interrupt them, or make the machine's root work for a run. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
int main(void) {
  char page[4096];
  struct iovec v = {page, sizeof page};
  struct rlimit none = {0, 0}, core;
  uint64_t cookie;
  socklen_t size = sizeof cookie;
  int got = 0, s[2], f = open("/proc/self/exe", O_RDONLY);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  got += preadv2(f, &v, 1, 0, 8) >= 0 || errno == EAGAIN;         /* RWF_NOWAIT: in memory? */
  got += syscall(SYS_membarrier, 1, 0, 0) == 0;                   /* MEMBARRIER_CMD_GLOBAL */
  got += syscall(SYS_membarrier, 4, 0, 0) == 0;                   /* ..._GLOBAL_EXPEDITED */
  got += getsockopt(s[0], SOL_SOCKET, 57, &cookie, &size) == 0;   /* SO_COOKIE */
  got += setrlimit(RLIMIT_CORE, &none) == 0;
  got += prlimit(0, RLIMIT_CORE, &none, &core) == 0;
  got += prctl(0x53564D41, 0, page, sizeof page, "name") == 0;    /* PR_SET_VMA */
  puts(got ? "got" : "denied");
}
