"""A control group in version 1: one tree per controller, and a memory peak that can be reset."""

from pathlib import Path

from worker.sandbox.cgroup.groups import (
    LEFT_BYTES,
    OWN_PROCESSES,
    GroupFiles,
    Refaults,
    Spent,
    fields,
    starve,
    threads_in,
)

V1_CONTROLLERS = ("memory", "pids", "cpuacct")
V1_SHARES = "cpu"
"""An optional controller, which often shares a tree with cpuacct. With it each run gets the same
share of the CPUs, however many threads it has."""
_SWAP_LIMIT = "memory.memsw.limit_in_bytes"  # of memory and swap together
# Not 0: if both limits are equal, the kernel counts only the one with swap as reached.
_SWAP_BYTES = 1 << 20
_NS_PER_S = 1e9


class GroupV1:
    """A group in version 1: a folder in each of three trees."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._memory, self._pids, self._cpu = (
            GroupFiles(folders[controller]) for controller in V1_CONTROLLERS
        )
        self._all = [self._memory, self._pids, self._cpu]
        if V1_SHARES in folders:
            self._all.append(GroupFiles(folders[V1_SHARES]))
        for files in self._all:
            files.folder.mkdir()
        self._counts_swap = (self._memory.folder / _SWAP_LIMIT).exists()
        self._failures = ("memory.failcnt", "memory.memsw.failcnt")[: 1 + self._counts_swap]
        self._base_cpu = self._base_memory = self._base_kills = self._left_memory = 0
        self._refaults = Refaults(self._memory)

    def entrances(self) -> list[int]:
        # The child enters through `tasks`, as its only thread: for that the kernel doesn't take the
        # machine-wide lock, which costs 10 ms (Linux, `cgroup_procs_write_start`).
        self._left_memory = self._memory_bytes()
        return [files.entrance("tasks") for files in self._all]

    def begin(self, memory_bytes: int, processes: int, *, replaced: bool = False) -> None:
        for name in self._failures:
            self._memory.write(name, 0)
        self._memory.write("memory.max_usage_in_bytes", 0)
        self._base_memory = self._left_memory if replaced else self._memory_bytes()
        self._memory.write("memory.limit_in_bytes", self._base_memory + memory_bytes)
        self._limit_swap(self._base_memory + memory_bytes + _SWAP_BYTES)
        self._pids.write("pids.max", processes + OWN_PROCESSES)
        self._base_kills = self._kills()
        self._refaults.begin()
        self._base_cpu = int(self._cpu.read("cpuacct.usage"))

    def _limit_swap(self, both_bytes: int) -> None:
        """Limit memory and swap together; the kernel wants at least the limit of memory alone."""
        if self._counts_swap:
            self._memory.write(_SWAP_LIMIT, both_bytes)

    def cpu_s(self) -> float:
        return (int(self._cpu.read("cpuacct.usage")) - self._base_cpu) / _NS_PER_S

    def threads(self) -> list[int]:
        return threads_in(self._cpu.read("tasks"))

    def is_thrashing(self) -> bool:
        return self._reached_limit() and self._refaults.are_many(self.cpu_s())

    def spent(self) -> Spent:
        peak = int(self._memory.read("memory.max_usage_in_bytes"))
        return Spent(
            cpu_s=self.cpu_s(),
            memory_bytes=max(0, peak - self._base_memory),
            lost_process=self._kills() > self._base_kills,
            reached_limit=self._reached_limit(),
        )

    def _reached_limit(self) -> bool:
        # What the machine has moved to swap no longer counts as memory, but in the second limit.
        return any(int(self._memory.read(name)) > 0 for name in self._failures)

    def _memory_bytes(self) -> int:
        return int(self._memory.read("memory.usage_in_bytes"))

    def _kills(self) -> int:
        return fields(self._memory.read("memory.oom_control")).get("oom_kill", 0)

    def rest(self) -> bool:
        try:
            self._limit_swap(-1)
            self._memory.write("memory.limit_in_bytes", -1)
            self._pids.write("pids.max", "max")
            return self._memory_bytes() <= LEFT_BYTES
        except OSError:
            return False

    def starve(self) -> None:
        starve(self._all[-1], ("cpu.shares", "2"))

    def remove(self) -> None:
        for files in self._all:
            files.remove()
