"""The sandbox on Linux namespaces: no daemon, as root or as an ordinary user.

Theory of operation. There are four kinds of process. The *supervisor* is the process that holds a
NamespaceSandbox (a Celery worker's child, `shousi problem verify`): it knows limits and verdicts,
and is trusted. The *host* (`forkserver.host`) owns one *fork server* per runtime (`runner.main`),
which is already jailed. For each run a server forks one *child* (`runner.child`), which restricts
itself further, sends READY, and waits; the supervisor keeps a few of these (`pool`), gives one its
job (`child`), and watches it from outside (`supervisor`). A child is used once; only a validator's
child stays for its next run (`stay`).

With writable cgroups (`cgroup`) CPU and memory are counted and limited for all processes of a run
together. Without them, a run may have threads but no further process, and its usage is the kernel's
figure for that one process. Python's memory is then limited by its address space. Other programs
reserve more addresses than they use, so their resident memory is compared with the limit after the
run, and a limit on their data size is only a backstop. A compiler may then have processes, each
with its own limits.

What each failure does: any error before the job is delivered raises SandboxError, and the judging
is repeated later. Afterwards only the death of the fork server raises it. A run that is killed from
outside is repeated once (`killed`).
"""

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from judge.limits import Limits
from judge.result import RunResult
from runner.protocol import Job, Mode, Spawn
from worker.sandbox import killed
from worker.sandbox.base import (
    CompileRequest,
    CompileResult,
    HearIf,
    Interaction,
    Party,
    Program,
    Runtime,
    Sandbox,
    SandboxError,
)
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.cgroup.pool import GroupPool
from worker.sandbox.child import JailedChild, spawn
from worker.sandbox.compile_cache import CompileCache, cache_key
from worker.sandbox.forkserver.host import FAILED, RUNNING
from worker.sandbox.forkserver.host_client import HostClient
from worker.sandbox.forkserver.host_process import HostProcess
from worker.sandbox.forkserver.servers import Servers
from worker.sandbox.interactive import interact
from worker.sandbox.pool import Pool, depth_for
from worker.sandbox.shared_cpu import SharedCpus
from worker.sandbox.stop import Stop
from worker.sandbox.supervisor import Supervision, supervise, supervise_compiler
from worker.sandbox.tally import Jail, Tally

KEEP_BYTES = 64 << 20
"""The maximum size of all files of a compiled program; if they are larger, compiling fails."""
_BYTES_PER_FILE = 4096
_FEWEST_FILES = 1024
_LEAST_SCRATCH_BYTES = 1 << 16  # for the kernel 0 means "no limit"
_STACK_BYTES = 64 << 20
# The stack may take almost all of the memory limit: endless recursion must end with a stack
# overflow (SIGSEGV, as everywhere else), and not sometimes with the memory limit.
_STACK_SHARE = 15 / 16
# How much memory a program may reserve beyond its limit without using it, e.g. threads' stacks.
_PROGRAM_BYTES = 512 << 20
_START_TIMEOUT_S = 60.0
# More threads than ever needed: a side that waited for a thread would make the other side wait.
_MOST_WATCHERS = 1 << 16


class NamespaceSandbox(Sandbox):
    """Runs programs in children of fork servers. Thread-safe; not fork-safe: each process makes
    its own. `servers` is the folder of a host's sockets, or another source of servers. `on_close`
    is called at the end of `close`."""

    def __init__(
        self,
        servers: Path | Servers,
        *,
        pool_depth: int | None = None,
        use_cgroups: bool = True,
        on_close: Callable[[], None] = lambda: None,
        tally: Tally | None = None,
    ) -> None:
        self._on_close = on_close
        self._tally = tally or Tally()
        self._servers = HostClient(servers) if isinstance(servers, Path) else servers
        tree = cgroups.find_tree() if use_cgroups else None
        self._groups = GroupPool(tree) if tree is not None else None
        self._compiled = CompileCache()
        self._shared_cpus = SharedCpus()
        # The threads are reused: starting two for a conversation takes half a millisecond.
        self._watchers = ThreadPoolExecutor(_MOST_WATCHERS, "watches-a-side")
        self._pool = Pool(self._spawn_ahead, depth_for(1) if pool_depth is None else pool_depth)

    @property
    def has_groups(self) -> bool:
        """Whether control groups measure and limit the runs."""
        return self._groups is not None

    def ready(self, runtime: Runtime) -> bool:
        """Whether the runtime's fork server accepts requests now."""
        return self._servers.state(runtime)[0] == RUNNING

    def trouble(self) -> str:
        """See Sandbox."""
        state, reason = self._servers.state(Runtime.PYTHON)
        return reason if state == FAILED else ""

    def await_ready(self, runtime: Runtime, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Return when the runtime is ready; raises SandboxError if it isn't in time."""
        self._servers.await_ready(runtime, timeout_s)

    def run(
        self, program: Program, stdin: bytes, limits: Limits, stop: Stop | None = None
    ) -> RunResult:
        """See Sandbox."""
        mode = Mode.DRIVER if program.driver else Mode.SCRIPT
        if program.runtime is Runtime.EXEC:
            mode = Mode.EXEC
        job = self._job(mode, program, limits)
        return killed.run(
            lambda: supervise(self._child_for(program, limits, job), job, stdin, limits, stop)
        )

    def interact(
        self,
        party: Party,
        partner: Party,
        goes_on: Callable[[RunResult], bool],
        stop: Stop | None = None,
        *,
        hear_if: HearIf | None = None,
    ) -> Interaction:
        """See Sandbox."""
        with self._shared_cpus.one() as cpu:
            return killed.interact(
                lambda: interact(
                    lambda: self._sides(party, partner, stop, cpu),
                    party.limits.output_bytes,
                    goes_on,
                    self._watchers,
                    hear_if,
                )
            )

    def _sides(
        self, party: Party, partner: Party, stop: Stop | None, cpu: int
    ) -> tuple[Supervision, Supervision]:
        first = self._side(party, stop, cpu)
        try:
            second = self._side(partner, stop, cpu)
        except BaseException:
            first.close()
            raise
        first.speak_with(second)
        return first, second

    def _side(self, one: Party, stop: Stop | None, cpu: int) -> Supervision:
        mode = Mode.EXEC if one.program.runtime is Runtime.EXEC else Mode.SCRIPT
        job = replace(self._job(mode, one.program, one.limits), cpu=cpu)
        child = self._child_for(one.program, one.limits, job)
        output_bytes = one.limits.output_bytes
        return Supervision(child, job, one.limits, output_bytes, stop, relayed=True)

    def compile(self, request: CompileRequest, limits: Limits) -> CompileResult:
        """See Sandbox. The kept files have at most KEEP_BYTES in all. A successful compilation is
        taken from the cache while it is there."""
        mode = Mode.COMPILE if request.runtime is Runtime.EXEC else Mode.CHECK
        job = self._job(mode, request, limits)
        key = cache_key(request.runtime, job, limits)
        result = self._compiled.get(key)
        if result is None:
            result = killed.compile(
                lambda: CompileResult(
                    *supervise_compiler(self._compiler(request, limits), job, limits)
                )
            )
            self._compiled.put(key, result)
        return result

    def _compiler(self, request: CompileRequest, limits: Limits) -> JailedChild:
        """Return a child for a compiler. Python's writes no files, so any waiting child will do."""
        if request.runtime is Runtime.EXEC:
            return self._spawn(request.runtime, limits, forks=True)
        return self._take(request.runtime, Limits())

    def close(self) -> None:
        """See Sandbox."""
        self._watchers.shutdown(wait=False)
        self._pool.close()
        if self._groups is not None:
            self._groups.close()
        self._servers.close()
        self._on_close()

    def _job(self, mode: Mode, what: Program | CompileRequest, limits: Limits) -> Job:
        programs = mode in (Mode.EXEC, Mode.COMPILE)
        backstop_bytes = 0 if self.has_groups else limits.memory_bytes + _PROGRAM_BYTES * programs
        whole = programs and self.has_groups
        stack_bytes = int(limits.memory_bytes * _STACK_SHARE) if whole else _STACK_BYTES
        # Only with control groups each run of a jail has limits of its own.
        may_stay = isinstance(what, Program) and what.stay is not None and self.has_groups
        return Job(
            mode=mode,
            argv=what.argv,
            files=what.files,
            env=what.env,
            keep=what.keep,
            keep_bytes=limits.output_bytes if isinstance(what, Program) else KEEP_BYTES,
            box=what.box if isinstance(what, Program) else {},
            code=what.code if isinstance(what, Program) else {},
            cpu_s=math.ceil(limits.cpu_s),
            file_bytes=limits.scratch_bytes,
            processes=limits.processes,
            stack_bytes=stack_bytes,
            backstop_bytes=backstop_bytes,
            stays=may_stay and mode in (Mode.EXEC, Mode.SCRIPT),
        )

    def _child_for(self, program: Program, limits: Limits, job: Job) -> JailedChild:
        if program.keep and not self.has_groups:
            # To send files back, a second process must outlive the program.
            return self._spawn(program.runtime, limits, forks=True)
        stay = program.stay if job.stays else None
        waiting = stay.take() if stay is not None else None
        if waiting is not None:
            assert isinstance(waiting, JailedChild)
            if waiting.takes(job):
                self._tally.add(Jail.WAITING)
                return waiting
            waiting.close()
        child = self._take(program.runtime, limits)
        child.stay = stay
        return child

    def _take(self, runtime: Runtime, limits: Limits) -> JailedChild:
        """Return a ready child with the wanted scratch space: from the pool, or a new one."""
        if limits.scratch_bytes == Limits().scratch_bytes:
            child = self._pool.take(runtime)
            if child is not None:
                self._tally.add(Jail.WAITING)
                return child
        child = self._spawn(runtime, limits)
        self._tally.add(Jail.MADE)
        return child

    def _spawn_ahead(self, runtime: Runtime) -> JailedChild:
        """Make a child for the pool; raises SandboxError if its server isn't ready."""
        if not self.ready(runtime):
            raise SandboxError(f"the fork server {runtime} is not ready")
        return self._spawn(runtime, Limits())

    def _spawn(self, runtime: Runtime, limits: Limits, *, forks: bool = False) -> JailedChild:
        scratch_bytes = max(_LEAST_SCRATCH_BYTES, limits.scratch_bytes)
        files = max(_FEWEST_FILES, scratch_bytes // _BYTES_PER_FILE)
        request = Spawn(scratch_bytes, files, forks or self.has_groups)
        try:
            server = self._servers.connect(runtime, request)
            return spawn(server, request, self._groups)
        except SandboxError:
            self._tally.add(Jail.FAILED)
            raise


def start_sandbox(
    python: str,
    run_dir: Path | None = None,
    *,
    use_cgroups: bool = True,
    landlock_abi: int = 0,
    hidden: Iterable[Path] = (),
    runtimes: Iterable[Runtime] = tuple(Runtime),
) -> NamespaceSandbox:
    """Start a host of fork servers and connect to it; closing the sandbox ends both.

    `python` is the interpreter that has torch; `run_dir` is a folder only for the sockets (by
    default a temporary one); with a `landlock_abi` Landlock replaces the namespaces, without
    control groups; `hidden` are folders that no jail may show; `runtimes` are the available ones
    and must include Python. Returns when Python programs can run, while torch may still load;
    raises SandboxError if they can't run.
    """
    if run_dir is not None:
        run_dir.mkdir(parents=True, exist_ok=True)
    host = HostProcess(run_dir, python, landlock_abi=landlock_abi, hidden=hidden, runtimes=runtimes)
    # With Landlock a group could be left with processes that nothing is sure to kill.
    use_cgroups = use_cgroups and not landlock_abi
    sandbox = NamespaceSandbox(host.run_dir, use_cgroups=use_cgroups, on_close=host.stop)
    try:
        sandbox.await_ready(Runtime.PYTHON)
    except SandboxError:
        sandbox.close()
        raise
    return sandbox
