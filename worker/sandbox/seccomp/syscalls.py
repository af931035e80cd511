"""System call numbers of the two machines that the sandbox supports.

Each entry is `name:x86-64:aarch64`, `-` if that machine has no such call. The numbers are the
kernel's own (`asm/unistd_64.h`, `asm-generic/unistd.h`) and never change.
"""

MACHINES = ("x86_64", "aarch64")

ALLOWED = """
read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69
pwritev:296:70 close:3:57 close_range:436:436 fstat:5:80
stat:4:- lstat:6:- newfstatat:262:79 statx:332:291 lseek:8:62 access:21:- faccessat:269:48
faccessat2:439:439 open:2:- openat:257:56 creat:85:- readlink:89:- readlinkat:267:78
getdents64:217:61 getdents:78:- getcwd:79:17 chdir:80:49 fchdir:81:50 dup:32:23 dup2:33:-
dup3:292:24 flock:73:32
ftruncate:77:46 truncate:76:45 fallocate:285:47 rename:82:- renameat:264:38 renameat2:316:276
unlink:87:- unlinkat:263:35 mkdir:83:- mkdirat:258:34 rmdir:84:- link:86:- linkat:265:37
symlink:88:- symlinkat:266:36 chmod:90:- fchmod:91:52 fchmodat:268:53 utimensat:280:88
utime:132:- umask:95:166 pipe:22:- pipe2:293:59 poll:7:- ppoll:271:73 select:23:-
pselect6:270:72 epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:-
epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:- eventfd2:290:19 timerfd_create:283:85
timerfd_settime:286:86 timerfd_gettime:287:87 sendfile:40:71 copy_file_range:326:285
splice:275:76 tee:276:77 munmap:11:215 mremap:25:216 mprotect:10:226
brk:12:214 mlock:149:228 munlock:150:229
pkey_alloc:330:289 pkey_free:331:290 pkey_mprotect:329:288 rt_sigaction:13:134
rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137
rt_sigsuspend:130:133 rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240 sigaltstack:131:132
pause:34:- signalfd4:289:74 futex:202:98 futex_waitv:449:449 set_robust_list:273:99
get_robust_list:274:100 rseq:334:293 sched_yield:24:124 sched_getaffinity:204:123
sched_setaffinity:203:122 sched_getparam:143:121 sched_getscheduler:145:120
sched_get_priority_max:146:125 sched_get_priority_min:147:126 getpid:39:172 gettid:186:178
getppid:110:173 getuid:102:174 geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148
getresgid:120:150 getgroups:115:158 getpgrp:111:- getpgid:121:155 getsid:124:156 setsid:112:157
setpgid:109:154 uname:63:160 sysinfo:99:179 times:100:153 getrusage:98:165 getrlimit:97:163
gettimeofday:96:169 clock_gettime:228:113
clock_getres:229:114 clock_nanosleep:230:115 nanosleep:35:101 time:201:- alarm:37:-
setitimer:38:103 getitimer:36:102 timer_create:222:107 timer_settime:223:110
timer_gettime:224:108 timer_delete:226:111 timer_getoverrun:225:109 exit:60:93 exit_group:231:94
wait4:61:260 waitid:247:95 kill:62:129 tgkill:234:131 tkill:200:130 arch_prctl:158:-
set_tid_address:218:96 getrandom:318:278 getcpu:309:168 get_mempolicy:239:236
restart_syscall:219:128 shutdown:48:210 sendto:44:206 recvfrom:45:207 sendmsg:46:211
recvmsg:47:212 sendmmsg:307:269 recvmmsg:299:243
getsockname:51:204 getpeername:52:205 statfs:137:43 fstatfs:138:44
getpriority:140:141 pidfd_open:434:434 pidfd_send_signal:424:424 capget:125:90
getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11 llistxattr:195:12
flistxattr:196:13 openat2:437:437 landlock_restrict_self:446:446
"""
"""Calls that any program may make. The last one enforces a Landlock ruleset; programs can't make
one, so only `runner.landlock` can use it."""

EXECUTING = """
execve:59:221 execveat:322:281
"""
"""Only the `exec` runtime may call these."""

FATAL = """
ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 process_madvise:440:440
bpf:321:280 io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427
userfaultfd:323:282 mount:165:40 umount2:166:39 pivot_root:155:41 chroot:161:51 unshare:272:97
setns:308:268 keyctl:250:219 add_key:248:217 request_key:249:218 perf_event_open:298:241
kexec_load:246:104 kexec_file_load:320:294 init_module:175:105 finit_module:313:273
delete_module:176:106 reboot:169:142 swapon:167:224 swapoff:168:225 open_by_handle_at:304:265
name_to_handle_at:303:264 kcmp:312:272 move_pages:279:239 migrate_pages:256:238 quotactl:179:60
quotactl_fd:443:443 acct:163:89 settimeofday:164:170 clock_settime:227:112 adjtimex:159:171
clock_adjtime:305:266 iopl:172:- ioperm:173:- modify_ldt:154:- fsopen:430:430 fsconfig:431:431
fsmount:432:432 fspick:433:433 move_mount:429:429 open_tree:428:428 mount_setattr:442:442
pidfd_getfd:438:438 syslog:103:116 vhangup:153:58 sethostname:170:161 setdomainname:171:162
"""
"""No honest program calls these: the kernel ends the process, and the verdict is SV."""

EXAMINED = """
clone:56:220 clone3:435:435 fork:57:- vfork:58:- ioctl:16:29 prctl:157:167 socketpair:53:199
personality:135:92 prlimit64:302:261 mmap:9:222 madvise:28:233 fcntl:72:25 setsockopt:54:208
getsockopt:55:209 msync:26:227 membarrier:324:283 preadv2:327:286 pwritev2:328:287
setrlimit:160:164 mknod:133:- mknodat:259:33
"""
"""These depend on their arguments; see `filters`."""

IGNORED = """
fadvise64:221:223 readahead:187:213 fsync:74:82 fdatasync:75:83 sync_file_range:277:84
"""
"""Calls that succeed without an effect. A jail can write only to memory, or to files that are
removed with it; but a call on the machine's files could make the disk write other programs' data.
"""

FIRST_UNKNOWN = 450
"""Calls from this number on are newer than the lists above. They fail with "no such call" instead
of "not permitted", so that programs use older calls instead."""


def numbers(table: str, machine: str) -> dict[str, int]:
    """Return the numbers of one table's calls on `machine`, by name."""
    column = 1 + MACHINES.index(machine)
    entries = (entry.split(":") for entry in table.split())
    return {entry[0]: int(entry[column]) for entry in entries if entry[column] != "-"}
