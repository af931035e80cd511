/* Pages that others use are not to be pushed out of memory, nor huge ones taken from the machine. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {
  int f = open("/proc/self/exe", O_RDONLY), got = 0;
  char *p = mmap(0, 4096, PROT_READ, MAP_PRIVATE, f, 0);
  got += madvise(p, 4096, 21) == 0; /* MADV_PAGEOUT */
  got += madvise(p, 4096, 20) == 0; /* MADV_COLD */
  got += madvise(p, 4096, MADV_MERGEABLE) == 0;
  got += mmap(0, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) != MAP_FAILED;
  puts(got ? "got" : "denied");
}
