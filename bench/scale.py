"""`python -m bench.scale [--calibrate]`: how many hosts a load needs, by a discrete-event
simulation.

The model: clients send submissions, each of which takes CPU time of an API process; workers'
processes take them in order; a submission's tests run one after the other, each forked by one of
its host's fork servers and then run on a core. A docstring below each number says whether it was
measured or fitted to measurements; `docs/scale.md` has the results.
"""

import argparse
import math
import random
import statistics
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

Step = Generator[simpy.Event, Any, None]

CORES = 16
"""Cores of the host on which the measurements were made."""
API_S = 0.0375
"""CPU seconds of an API process per submission, on the measured host: 35-40 ms."""
API_TODAY_S = API_S * 16 / 33
"""`API_S` of today's API: `bench.waiting` gave 16 ms, and 33 ms for the API measured then."""
BUSY_FACTOR = 0.32
"""The share by which everything takes longer when all cores are busy: they share caches and clock,
and each pair of threads its execution units. Fitted."""
FORK_SERVERS = CORES // 2
"""Torch fork servers of a host today (decision 0032). The measured host had one."""
SPARE_PROCESSES = 1
"""A worker has one process more than `SHOUSI_WORKERS` (decision 0025)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of submission. `tests_s` is the time of all its tests on an idle host, without their
    forks: fitted to the throughput of one and two workers. `fork_s` is the fork server's time for
    one fork, and `fork_growth` the share by which it grows when 16 processes judge."""

    name: str
    num_tests: int
    tests_s: float
    fork_s: float = 0.0
    fork_growth: float = 0.0


ARRAY = Kind("array", 28, tests_s=0.299)
# Measured: forking a process of 300 MB took 92 % of a core at 17.5 submissions a second: 2.4 ms.
TORCH = Kind("torch", 22, tests_s=0.248, fork_s=0.0022, fork_growth=0.42)
KINDS = (ARRAY, TORCH)
MEASURED = {
    1: (6.3, 6.1),
    2: (9.3, 9.9),
    4: (16.0, 14.1),
    8: (21.5, 17.5),
    16: (22.0, 14.2),
}
"""`SHOUSI_WORKERS` -> measured submissions per second, array and torch, on one 16-core host."""
_PARTS = 4
"""Into how many steps a submission's tests are divided; other submissions run in between."""


class Host:
    """A worker's host: its cores, its torch fork servers, and how busy it is."""

    def __init__(self, env: simpy.Environment, fork_servers: int) -> None:
        self.env = env
        self.cores = simpy.Resource(env, CORES)
        self.fork_servers = simpy.Resource(env, fork_servers)
        self.forked_s = 0.0
        self.judging = 0

    def slowness(self) -> float:
        """The factor by which work takes longer than on an idle host."""
        return 1 + BUSY_FACTOR * self.cores.count / CORES

    def work(self, seconds: float) -> Step:
        """Use a core for `seconds` of work."""
        with self.cores.request() as core:
            yield core
            yield self.env.timeout(seconds * self.slowness())

    def judge(self, kind: Kind) -> Step:
        """Judge one submission, from its claim to its verdict."""
        self.judging += 1
        for _ in range(_PARTS):
            if kind.fork_s:
                with self.fork_servers.request() as server:
                    yield server
                    growth = 1 + kind.fork_growth * (self.judging / CORES) ** 2
                    forks_s = kind.num_tests / _PARTS * kind.fork_s * growth
                    self.forked_s += forks_s
                    yield self.env.timeout(forks_s)
            yield from self.work(kind.tests_s / _PARTS)
        self.judging -= 1


@dataclass
class Farm:
    """The simulated service: API processes, one queue, hosts with `workers` workers each."""

    env: simpy.Environment
    num_api: int
    num_hosts: int
    workers: int
    fork_servers: int
    api_s: float
    seed: int = 1
    waits_s: list[float] = field(default_factory=list)
    """For each judged submission, the time from sending to its claim."""
    times_s: list[float] = field(default_factory=list)
    """For each judged submission, the time from sending to its verdict."""
    busy_api_s: float = 0.0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.api = simpy.Resource(self.env, self.num_api)
        self.queue = simpy.Store(self.env)
        self.hosts = [Host(self.env, self.fork_servers) for _ in range(self.num_hosts)]
        for host in self.hosts:
            for _ in range(self.workers + SPARE_PROCESSES):
                self.env.process(self._process(host))

    def send(self, kind: Kind, host: Host | None = None) -> Step:
        """Send a submission and wait for its verdict. With `host` the API uses that one's cores."""
        sent = self.env.now
        with self.api.request() as process:
            yield process
            cost_s = self.api_s * (host.slowness() if host else 1.0)
            self.busy_api_s += cost_s
            if host:
                with host.cores.request() as core:
                    yield core
                    yield self.env.timeout(cost_s)
            else:
                yield self.env.timeout(cost_s)
        done = self.env.event()
        yield self.queue.put((kind, sent, done))
        yield done

    def _process(self, host: Host) -> Step:
        while True:
            taken: Any = yield self.queue.get()
            kind, sent, done = taken
            self.waits_s.append(self.env.now - sent)
            yield from host.judge(kind)
            self.times_s.append(self.env.now - sent)
            done.succeed()


def throughput(
    kind: Kind,
    workers: int,
    fork_servers: int = 1,
    api_s: float = API_S,
    seconds: float = 60.0,
) -> float:
    """Simulate one host that API and worker share and whose queue is never empty; return judged
    submissions per second."""
    env = simpy.Environment()
    farm = Farm(
        env, num_api=1, num_hosts=1, workers=workers, fork_servers=fork_servers, api_s=api_s
    )

    def client() -> Step:
        while True:
            yield from farm.send(kind, farm.hosts[0])

    for _ in range(2 * (workers + SPARE_PROCESSES)):
        env.process(client())
    env.run(seconds / 6)  # warm-up, until the host is busy
    before = len(farm.times_s)
    env.run(seconds / 6 + seconds)
    return (len(farm.times_s) - before) / seconds


@dataclass(frozen=True, slots=True)
class Load:
    """`number` submissions, half array and half torch, at random moments within `within_s`. The
    goal: 95 in 100 wait less than `wait_s` until their judging begins, and API and workers are busy
    at most `most_busy` of the time, since a permanent load needs a reserve."""

    name: str
    number: int
    within_s: float
    wait_s: float = 1.0
    most_busy: float = 0.85

    @property
    def per_s(self) -> float:
        """Submissions per second."""
        return self.number / self.within_s


@dataclass(frozen=True, slots=True)
class Result:
    """The result of simulating a load; times in s, `*_busy` as shares of the time."""

    wait_p95_s: float
    time_p95_s: float
    last_s: float
    api_busy: float
    fork_server_busy: float
    """That of the host whose torch fork servers were busiest."""
    processes_busy: float
    """The share of the workers' processes that judge."""


LOADS = (
    Load("10 a minute", 100, 600.0),
    Load("1,000 a minute", 3_000, 180.0),
    Load("100,000 a minute", 16_667, 10.0),
    Load("5,000 within a minute, once", 5_000, 60.0, wait_s=5.0, most_busy=1.0),
)
BURST = LOADS[-1]
SMALL_FARMS = ((1, 1), (2, 1), (1, 2), (1, 3), (3, 4))
"""(API processes, hosts) on which a contest's burst is simulated, too."""


def simulate(load: Load, num_api: int, num_hosts: int, workers: int = 8) -> Result:
    """Simulate `load` on API processes with cores of their own and on hosts that only judge."""
    env = simpy.Environment()
    farm = Farm(env, num_api, num_hosts, workers, FORK_SERVERS, API_TODAY_S)
    moments = sorted(farm.random.uniform(0, load.within_s) for _ in range(load.number))

    def clients() -> Step:
        for moment in moments:
            yield env.timeout(moment - env.now)
            env.process(farm.send(farm.random.choice(KINDS)))

    env.process(clients())
    while len(farm.times_s) < load.number:
        env.step()
    judged_s = sum(farm.times_s) - sum(farm.waits_s)
    return Result(
        _p95(farm.waits_s),
        _p95(farm.times_s),
        env.now,
        farm.busy_api_s / num_api / env.now,
        max(host.forked_s for host in farm.hosts) / FORK_SERVERS / env.now,
        judged_s / (num_hosts * (workers + SPARE_PROCESSES)) / env.now,
    )


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def least(load: Load, workers: int = 8) -> tuple[int, int, Result]:
    """Find how many API processes and hosts meet the load's goal: start with what the work alone
    needs, then add 5 % of whichever is busier."""
    alone_s = statistics.mean(kind.tests_s + kind.num_tests * kind.fork_s for kind in KINDS)
    judging_s = alone_s * (1 + BUSY_FACTOR * workers / CORES)
    num_api = max(1, round(load.per_s * API_TODAY_S / load.most_busy))
    one_host_s = (workers + SPARE_PROCESSES) * load.most_busy
    num_hosts = max(1, round(load.per_s * judging_s / one_host_s))
    while True:
        found = simulate(load, num_api, num_hosts, workers)
        busy = max(found.api_busy, found.processes_busy)
        if found.wait_p95_s < load.wait_s and busy <= load.most_busy:
            return num_api, num_hosts, found
        if found.api_busy > found.processes_busy:
            num_api += math.ceil(num_api / 20)
        else:
            num_hosts += math.ceil(num_hosts / 20)


def calibration() -> list[str]:
    """Compare measured and simulated throughput, as lines of a Markdown table."""
    lines = [
        "| workers | array measured | simulated | | torch measured | simulated | |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for workers, measured in MEASURED.items():
        cells = [str(workers)]
        for kind, real in zip(KINDS, measured, strict=True):
            found = throughput(kind, workers)
            cells += [f"{real:.1f}", f"{found:.1f}", f"{(found - real) / real:+.0%}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="How many hosts a load needs.")
    parser.add_argument(
        "--calibrate", action="store_true", help="only compare with what was measured"
    )
    asked = parser.parse_args()
    print("\n".join(calibration()))
    today = throughput(TORCH, 16, FORK_SERVERS, API_TODAY_S)
    print(f"\ntorch today, 16 workers, {FORK_SERVERS} fork servers: {today:.1f} a second")
    if asked.calibrate:
        return
    print(
        "\n| load | API processes | worker hosts | wait | verdict | last | API busy | "
        "torch fork servers busy | workers' processes busy |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    )
    for load in LOADS:
        print(row(load, *least(load)), flush=True)
    for num_api, num_hosts in SMALL_FARMS:
        print(row(BURST, num_api, num_hosts, simulate(BURST, num_api, num_hosts)), flush=True)


def row(load: Load, num_api: int, num_hosts: int, found: Result) -> str:
    """Return a line of the table; wait and verdict are 95th percentiles."""
    return (
        f"| {load.name} | {num_api} | {num_hosts} | {found.wait_p95_s:.2f} s | "
        f"{found.time_p95_s:.2f} s | {found.last_s:.0f} s | {found.api_busy:.0%} | "
        f"{found.fork_server_busy:.0%} | {found.processes_busy:.0%} |"
    )


if __name__ == "__main__":
    main()
