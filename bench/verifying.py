"""`python -m bench.verifying [SUBMISSIONS TESTS]`: the overhead of `shousi problem verify`.

It verifies a package of SUBMISSIONS (20) Python programs, each judged on TESTS (100) tests: once
with one run per test, once interactive, with 2 to 101 questions and answers and a validator in C++.
The floor, in the same run: the same programs, and the validator, as ordinary processes on all
cores. The goal is for wall time on an idle machine; under other load the CPU time of all processes
says more. Both include starting processes and comparing output; that of verify also includes
loading the package, compiling, and the input validator.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.jails import cpu_ms_of
from judge.settings import PROJECT, get_settings

CORES = len(os.sched_getaffinity(0))
QUESTIONS = 2
GOAL = 1.3
LOOK_EVERY_S = 0.05
PYTHON = [str(get_settings().runner_python.absolute()), "-I"]
PROBLEM_YAML = """problem_format_version: 2025-09
type: {type}
name: {{en: Asks}}
uuid: 0f4a6f6e-55a1-4b4e-8f0e-1b8f8a3c0a{number:02}
limits: {{time_limit: 2}}
"""
# About 15 ms of work: the overhead shows most with small programs.
PROGRAM = """total = 0
for number in range(60000 + {number}):
    total += number % 7
n = int(input())
print(n * n)
"""
ASKING = """total = 0
for number in range(60000 + {number}):
    total += number % 7
n = int(input())
answers = 0
for _ in range(n):
    print("?", flush=True)
    answers += int(input())
print(answers, flush=True)
"""
VALIDATOR = """#include <fstream>
#include <iostream>
int main(int, char **words) {
    long n, sum = 0, said;
    std::ifstream(words[1]) >> n;
    std::cout << n << std::endl;
    std::string question;
    for (long i = 0; i < n; i++) {
        if (!(std::cin >> question) || question != "?") return 43;
        sum += i;
        std::cout << i << std::endl;
    }
    return std::cin >> said && said == sum ? 42 : 43;
}
"""


def write_package(folder: Path, *, interactive: bool, submissions: int, tests: int) -> None:
    """Write a valid package."""
    kind = "interactive" if interactive else "pass-fail"
    files = {
        "problem.yaml": PROBLEM_YAML.format(type=kind, number=int(interactive)),
        "statement/problem.en.md": "Answer.\n",
        "input_validators/number.py": "import sys\nint(input())\nsys.exit(42)\n",
    }
    text = ASKING if interactive else PROGRAM
    for number in range(submissions):
        files[f"submissions/accepted/{number}.py"] = text.format(number=number)
    for number in range(tests):
        # All inputs differ: each interactive test asks one question more than the one before.
        n = QUESTIONS + number
        files[f"data/secret/{number:03}.in"] = f"{n}\n"
        files[f"data/secret/{number:03}.ans"] = f"{n * n}\n"
    if interactive:
        files["output_validator/answers.cpp"] = VALIDATOR
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)


def run_plain(program: Path, test: Path) -> None:
    """Run a program on a test and compare its output with the answer."""
    done = subprocess.run([*PYTHON, program], input=test.read_bytes(), capture_output=True)
    assert done.stdout.split() == test.with_suffix(".ans").read_bytes().split()


def run_with_partner(validator: Path, program: Path, test: Path) -> None:
    """Run a program and a validator that talk to each other over pipes."""
    partner = subprocess.Popen(
        [validator, test, test.with_suffix(".ans"), "."],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    done = subprocess.run([*PYTHON, program], stdin=partner.stdout, stdout=partner.stdin)
    for pipe in (partner.stdin, partner.stdout):
        assert pipe is not None
        pipe.close()
    assert (done.returncode, partner.wait()) == (0, 42)


@dataclass(frozen=True)
class Cost:
    """Wall time, and the CPU time of all processes, in seconds."""

    wall_s: float
    cpu_s: float


def bare(folder: Path, run: Callable[[Path, Path], None]) -> Cost:
    """Run every program on every test, on all cores."""
    tests = sorted(folder.glob("data/secret/*.in"))
    programs = sorted(folder.glob("submissions/accepted/*.py"))
    before, begun = sum(os.times()[:4]), time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        for done in [pool.submit(run, program, test) for program in programs for test in tests]:
            done.result()
    return Cost(time.perf_counter() - begun, sum(os.times()[:4]) - before)


def verify(folder: Path) -> Cost:
    """Run `shousi problem verify` on the package."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "problem", "verify"]
    begun, cpu_ms = time.perf_counter(), 0.0
    with subprocess.Popen(
        [*command, str(folder), "--json"], cwd=PROJECT, stdout=subprocess.DEVNULL
    ) as process:
        # At the end the fork servers are killed, and the kernel reports their CPU time to nobody:
        # so it is read again and again while they live.
        while process.poll() is None:
            cpu_ms = max(cpu_ms, cpu_ms_of(process.pid))
            time.sleep(LOOK_EVERY_S)
    assert process.returncode == 0
    return Cost(time.perf_counter() - begun, cpu_ms / 1e3)


def main() -> None:
    submissions, tests = (int(word) for word in sys.argv[1:] or ("20", "100"))
    print(f"{submissions} submissions on {tests} tests each, {CORES} cores\n")
    print(
        f"{'seconds':24} {'verify':>8} {'bare':>8} {'ratio':>7} {'CPU':>9} {'bare':>8} {'ratio':>7}"
    )
    for interactive in (False, True):
        with tempfile.TemporaryDirectory(prefix="shousi-verifying-") as name:
            folder = Path(name) / "asks"
            write_package(folder, interactive=interactive, submissions=submissions, tests=tests)
            run = run_plain
            if interactive:
                validator = Path(name) / "validator"
                source = folder / "output_validator" / "answers.cpp"
                subprocess.run(["g++", "-O2", "-o", validator, source], check=True)
                run = partial(run_with_partner, validator)
            floor = bare(folder, run)
            spent = verify(folder)
        what = "interactive" if interactive else "one run a test"
        print(
            f"{what:24} {spent.wall_s:8.1f} {floor.wall_s:8.1f} {spent.wall_s / floor.wall_s:7.2f}"
            f" {spent.cpu_s:9.1f} {floor.cpu_s:8.1f} {spent.cpu_s / floor.cpu_s:7.2f}"
            f"   goal {GOAL}",
            flush=True,
        )


if __name__ == "__main__":
    main()
