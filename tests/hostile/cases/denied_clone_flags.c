/* Ways to make a process that only an attack asks for. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  unsigned long flags[] = {CLONE_PARENT, CLONE_PTRACE, CLONE_UNTRACED, CLONE_IO, CLONE_NEWUSER,
                           CLONE_NEWPID | CLONE_PARENT, 0x80000000ul | CLONE_PARENT, 0x2000000};
  int made = 0;
  for (int i = 0; i < 8; i++) {
    long pid = syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    made += pid > 0;
  }
  puts(made ? "made" : "denied");
}
