/* A filter's code is memory of the whole machine's budget, for system calls as for sockets. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  struct sock_filter f[] = {{BPF_RET | BPF_K, 0, 0, 0x7fff0000}};
  struct sock_fprog p = {1, f};
  int s[2], got = 0, one = 1;
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  got += prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p) == 0;
  got += syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p) == 0;
  got += setsockopt(s[0], SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p) == 0;
  got += setsockopt(s[0], SOL_SOCKET, 51, &p, sizeof p) == 0;   /* SO_ATTACH_REUSEPORT_CBPF */
  got += setsockopt(s[0], SOL_SOCKET, 42, &one, sizeof one) == 0; /* SO_PEEK_OFF */
  puts(got ? "got" : "denied");
}
