"""`python -m bench.jails`: what a jail costs compared with the same work without one, and its
memory.

The floors are measured in the same run: for Python and torch a plain fork of a process with the
same modules loaded (`bench.bare`), for a compiled program an ordinary process. A jail's CPU time is
that of its host, fork servers and supervisor together, including the children made in advance.
"""

import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.service import unlike_any
from bench.timing import Timing, repeat
from judge.job import Kind, Source
from judge.limits import Limits
from judge.problem_package.load import load
from judge.proc_stat import USER_TICKS, stat_fields
from judge.result import Ending
from judge.settings import PROJECT, get_settings
from worker.judging.compiling import build
from worker.judging.judging import Judged, judge
from worker.judging.languages import language
from worker.judging.test_data import InMemory
from worker.judging.trials import make_runner
from worker.packages.verification import cases_of, job_of
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox

ROUNDS = 50
TICKS_PER_MS = os.sysconf("SC_CLK_TCK") / 1e3
PYTHON = str(get_settings().runner_python)
SUM_C = """#include <stdio.h>
int main(void) {
  long n, sum = 0;
  while (scanf("%ld", &n) == 1) sum += n;
  printf("%ld\\n", sum);
}
"""


@dataclass(frozen=True)
class Cost:
    """The wall time of each round, and the mean or median CPU time of a round."""

    wall: Timing
    cpu_ms: float


def tree(pid: int) -> Iterator[int]:
    """Yield a process and its living descendants."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(one) for task in tasks for one in (task / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from tree(child)


def cpu_ms_of(pid: int) -> float:
    """Return the CPU time of a process and its descendants, including children that have ended."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = stat_fields(Path(f"/proc/{one}/stat").read_text())
        except OSError:
            continue
        ticks += sum(map(int, fields[USER_TICKS : USER_TICKS + 4]))
    return ticks / TICKS_PER_MS


def host_pid() -> int:
    """Return the pid of the host of the fork servers, this process's only child at that time."""
    return next(one for one in tree(os.getpid()) if one != os.getpid())


def cost(action: Callable[[], object], rounds: int = ROUNDS) -> Cost:
    """Measure `action`, which runs jails: all its CPU time, of whichever process."""
    for _ in range(15):
        action()
    host = host_pid()
    time.sleep(0.5)  # until the fork servers have made as many children as after the last round
    before = cpu_ms_of(host) + time.process_time() * 1e3
    wall = repeat(action, rounds, warm_up=0)
    time.sleep(0.5)
    after = cpu_ms_of(host) + time.process_time() * 1e3
    return Cost(wall, (after - before) / rounds)


def bare_python(runtime: Runtime, files: dict[str, bytes], stdin: bytes) -> Cost:
    """Measure the floor: a fork of a process with the same modules loaded."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        done = subprocess.run(
            [PYTHON, "-m", "bench.bare", runtime, str(ROUNDS), folder],
            cwd=PROJECT,
            input=stdin,
            capture_output=True,
            check=True,
            env={"OMP_NUM_THREADS": "1", "PYTHONPATH": str(PROJECT)},
        )
    said = json.loads(done.stdout)
    return Cost(Timing(tuple(said["wall_ms"])), said["cpu_ms"])


def python_case(sandbox: NamespaceSandbox, slug: str, name: str) -> tuple[Cost, Cost]:
    """Measure an accepted submission on its last test: without a jail, and in one."""
    package = load(PROJECT / "problems" / slug)
    path = f"accepted/{name}"
    submission = next(one for one in package.submissions if one.path.endswith(path))
    tests = cases_of(package, data := InMemory())
    job = job_of(package, submission, tests)
    made = make_runner(job, job.source, job.support, sandbox)
    runner = made.runner
    assert runner is not None, made.output
    stdin = data.fetch(tests[-1].input)
    bare = bare_python(runner.program.runtime, dict(runner.program.files), stdin)

    def run() -> None:
        seen = runner.run(stdin)
        assert seen.ending is Ending.EXITED, seen

    return bare, cost(run)


def compiled_case(sandbox: NamespaceSandbox) -> tuple[Cost, Cost]:
    """Measure a small C program: as an ordinary process, and in a jail."""
    limits = language("c").limits(Limits())
    program = build(Source("c", SUM_C), Kind.STDIO, {}, limits, sandbox).program
    assert program is not None
    stdin = b"1 2 3\n"
    with tempfile.TemporaryDirectory() as folder:
        for name, content in program.files.items():
            (Path(folder) / name).write_bytes(content)
            (Path(folder) / name).chmod(0o755)
        command = [str(Path(folder) / Path(program.argv[0]).name), *program.argv[1:]]
        begun = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = repeat(
            lambda: subprocess.run(command, input=stdin, capture_output=True, check=True),
            ROUNDS,
            warm_up=0,
        )
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime
    return Cost(wall, cpu_s * 1e3 / ROUNDS), cost(lambda: sandbox.run(program, stdin, limits))


def torch_submission(sandbox: NamespaceSandbox) -> Cost:
    """Measure ten torch tests, judged as the worker does it, with the compile step."""
    package = load(PROJECT / "problems" / "multiheadattention")
    submission = next(one for one in package.submissions if "accepted" in one.path)
    data = InMemory()
    job = job_of(package, submission, cases_of(package, data)[:10])

    def run() -> None:
        source = replace(job.source, text=unlike_any(job.source.text))
        *_, last = judge(replace(job, source=source), sandbox, data)
        assert isinstance(last, Judged)
        assert last.result.verdict == "AC", last

    return cost(run, 10)


def late_ms(sandbox: NamespaceSandbox, runtime: Runtime) -> Timing:
    """Measure how long after its CPU limit an endless loop is stopped and reported."""
    limits = Limits(cpu_s=0.5, wall_s=10.0)
    loop = Program(runtime, {"submission.py": b"while True: pass"}, ("submission.py",))

    def run() -> None:
        assert sandbox.run(loop, b"", limits).ending is Ending.CPU_LIMIT

    wall = repeat(run, 10, warm_up=1)
    return Timing(tuple(each - limits.cpu_s * 1e3 for each in wall.values))


def memory_mb(pid: int, *fields: str) -> float:
    """Return the sum of these fields of a process's smaps_rollup, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {line.partition(":")[0]: int(line.split()[1]) for line in lines}
    return sum(sizes[field] for field in fields) * 1024 / 1e6


def torch_memory(sandbox: NamespaceSandbox) -> tuple[float, float]:
    """Return the MB of the torch servers' template, which they share, and the private MB of a
    waiting child before its test begins."""
    sandbox.run(Program(Runtime.TORCH, {"submission.py": b""}, ("submission.py",)), b"", Limits())
    time.sleep(0.5)
    sizes = {pid: memory_mb(pid, "Rss") for pid in tree(host_pid())}
    template = max(sizes, key=lambda pid: (sizes[pid], -pid))
    below = set(tree(template)) - {template}
    # Processes without children: the waiting ones, which the servers have forked.
    waiting = [pid for pid in below if len(list(tree(pid))) == 1]
    own = [memory_mb(pid, "Private_Clean", "Private_Dirty") for pid in waiting]
    return sizes[template], statistics.median(own)


def row(what: str, bare: Cost, jailed: Cost, goal: str) -> None:
    print(
        f"{what:24} {bare.wall.median_ms:8.1f} {jailed.wall.median_ms:8.1f} "
        f"{jailed.wall.median_ms - bare.wall.median_ms:+8.1f} "
        f"{bare.cpu_ms:9.1f} {jailed.cpu_ms:8.1f} {jailed.cpu_ms - bare.cpu_ms:+8.1f}   {goal}",
        flush=True,
    )


def main() -> None:
    sandbox = start_sandbox(PYTHON)
    try:
        sandbox.await_ready(Runtime.TORCH)
        print(f"{'ms a test':24} {'bare':>8} {'jailed':>8} {'':8} {'bare CPU':>9} {'jailed':>8}")
        row("python", *python_case(sandbox, "maxsubarray", "kadane.py"), "wall +5")
        row(
            "torch",
            *python_case(sandbox, "multiheadattention", "notes_repaired.py"),
            "wall +25, CPU 2x",
        )
        row("c", *compiled_case(sandbox), "CPU +4")
        ten = torch_submission(sandbox)
        print(f"\nten torch tests: CPU {ten.cpu_ms:.0f} ms (goal 120), wall {ten.wall}")
        for runtime in (Runtime.PYTHON, Runtime.TORCH):
            late = late_ms(sandbox, runtime)
            print(f"{runtime}: TLE after the limit, ms {late} (goal 50)")
        server_mb, own_mb = torch_memory(sandbox)
        print(
            f"torch template {server_mb:.0f} MB (goal 330), a test's own {own_mb:.1f} MB (goal 10)"
        )
    finally:
        sandbox.close()


if __name__ == "__main__":
    main()
