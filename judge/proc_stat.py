"""The fields of /proc/PID/stat; see proc_pid_stat(5), which counts from 1, the command being 2."""

STATE, PARENT, FLAGS, USER_TICKS, SYSTEM_TICKS = 0, 1, 6, 11, 12
NUM_THREADS, START_TICKS, LAST_CPU = 17, 19, 36
"""Indices in what `stat_fields` returns. A second has `os.sysconf("SC_CLK_TCK")` ticks; the two
fields after SYSTEM_TICKS are the same times of children that have ended. LAST_CPU is the one that
the thread last ran on.
"""


def stat_fields(stat: str) -> list[str]:
    """Return the fields after the command, which may itself contain spaces and parentheses."""
    return stat.rpartition(")")[2].split()
