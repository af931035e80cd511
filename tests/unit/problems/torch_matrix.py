"""Runs every submission of a torch package on every test, each in a fork of one warm process.

    .venv-runner/bin/python tests/unit/problems/torch_matrix.py problems/loralinear [ENOUGH]

After ENOUGH failed tests (default: all) a submission is left. Prints a JSON object
{submission: {test: [verdict, score, text]}}; `score` is the greatest error over the tolerance
(so up to 1 passes), null where shapes, names or facts differ. No jail and no pipeline: this is
the package's own check, with the comparison of the statement.
"""

import json
import math
import os
import re
import resource
import runpy
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402  (imported once, before the forks)

from runner import cases, harness  # noqa: E402, F401

RELATIVE = {"float32": 1e-4, "float64": 1e-6}


def parse(text: str) -> list[tuple[str, list[str]]]:
    """Blocks of an answer: the header line, then the values as words."""
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(("tensor ", "value ")):
            blocks.append((line, []))
        else:
            blocks[-1][1].extend(line.split())
    return blocks


def compare(expected: str, got: str) -> tuple[float | None, str]:
    """The greatest error over the tolerance, or None and what differs."""
    wanted, given = parse(expected), parse(got)
    worst = (0.0, "")
    for (header, values), (other, others) in zip(wanted, given, strict=False):
        if header != other or len(values) != len(others):
            return None, f"{other!r}, expected {header!r}"
        error = block_error(header.split()[2], values, others)
        worst = max(worst, (error, header))
    if len(wanted) != len(given):
        return None, f"{len(given)} blocks, expected {len(wanted)}"
    return worst


def block_error(dtype: str, wanted: list[str], given: list[str]) -> float:
    if dtype not in RELATIVE:
        return 0.0 if wanted == given else math.inf
    pairs = [(float(a), float(b)) for a, b in zip(wanted, given, strict=True)]
    tolerance = RELATIVE[dtype] * max((abs(a) for a, _ in pairs), default=0.0) + 1e-6
    errors = [abs(a - b) for a, b in pairs if not (math.isnan(a) and math.isnan(b))]
    return max((math.inf if math.isnan(e) else e for e in errors), default=0.0) / tolerance


def run_forked(folder: Path, case: Path, result: Path, memory_bytes: int) -> str:
    """Run the driver in a fork: "OK", or what it died of; the answer is in `result`."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            run_driver(folder, case, memory_bytes)
            result.write_bytes(harness.collected())
            code = 0
        except BaseException:  # noqa: BLE001  (a submission may raise anything)
            result.write_text(traceback.format_exc(limit=-2))
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    return "OK" if status == 0 else f"status {status}"


def run_driver(folder: Path, case: Path, memory_bytes: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nothing, fd)
    os.dup2(os.open(case, os.O_RDONLY), 0)
    if memory_bytes:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    harness.in_jail = True
    runpy.run_path(str(folder / "main.py"), run_name="__main__")


def judge(folder: Path, case: Path, memory_bytes: int) -> tuple[str, float | None, str]:
    result = folder / "answer"
    ending = run_forked(folder, case, result, memory_bytes)
    text = result.read_text() if result.exists() else ""
    result.unlink(missing_ok=True)
    if ending != "OK":
        return "RTE", None, text.strip().splitlines()[-1] if text else ending
    score, message = compare(case.with_suffix(".ans").read_text(), text)
    accepted = score is not None and score <= 1
    return "AC" if accepted else "WA", score if score != math.inf else 1e300, message


def judge_submission(
    package: Path, source: Path, memory_bytes: int, enough: int
) -> dict[str, tuple[str, float | None, str]]:
    tests = sorted((package / "data/sample").glob("*.in"))
    tests += sorted((package / "data/secret").glob("*.in"))
    results: dict[str, tuple[str, float | None, str]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (package / "include/python3").iterdir():
            shutil.copy(file, folder)
        shutil.copy(source, folder / "submission.py")
        for test in tests:
            results[test.stem] = judge(folder, test, memory_bytes)
            if sum(verdict != "AC" for verdict, _, _ in results.values()) >= enough:
                break
    return results


def memory_limit(package: Path) -> int:
    """`memory:` of problem.yaml in bytes; no YAML reader is at hand here."""
    found = re.search(r"^  memory: (\d+)$", (package / "problem.yaml").read_text(), re.MULTILINE)
    return int(found[1]) << 20 if found else 0


def main() -> None:
    package = Path(sys.argv[1])
    enough = int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 30
    torch.set_num_threads(1)
    memory_bytes = memory_limit(package)
    table = {
        f"{source.parent.name}/{source.name}": judge_submission(
            package, source, memory_bytes, enough
        )
        for source in sorted((package / "submissions").glob("*/*.py"))
    }
    json.dump(table, sys.stdout)


main()
