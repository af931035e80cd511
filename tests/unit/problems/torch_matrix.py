"""Runs every submission of a torch package on its tests, each in a fork of one warm process.

    .venv-runner/bin/python tests/unit/problems/torch_matrix.py problems/loralinear [ENOUGH]

After ENOUGH failed tests (default: all) a submission is left. Prints a JSON object
{submission: {test: [verdict, score, text]}}; `score` is the greatest error over the tolerance
(so up to 1 passes), null where more than numbers differs. No jail and no pipeline: only the
driver and the checker.
"""

import io
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

from judge.verdict import Verdict  # noqa: E402
from runner import calls, harness, preload  # noqa: E402, F401
from worker.checkers import tensor_text  # noqa: E402
from worker.checkers.tensor_text import Tensor  # noqa: E402
from worker.checkers.tensors import RELATIVE, Tensors  # noqa: E402

OURS = {name: module for name, module in sys.modules.items() if name.startswith("runner")}
OURS["__main__"] = sys.modules["__main__"]

Result = tuple[str, float | None, str]
Table = dict[str, Result]


def score_of(answer: bytes, output: bytes) -> float | None:
    """The greatest error over the tolerance; None where more than numbers differs."""
    wanted = tensor_text.parse(answer)
    given = {entry.name: entry for entry in tensor_text.parse(output)}
    worst = 0.0
    for want in wanted:
        got = given.get(want.name)
        if not isinstance(want, Tensor) or want.dtype not in RELATIVE or want.rules:
            continue
        if not isinstance(got, Tensor) or (got.dtype, got.shape) != (want.dtype, want.shape):
            return None
        worst = max(worst, error_of(want, got))
    return worst


def error_of(want: Tensor, got: Tensor) -> float:
    wanted, given = want.floats, got.floats
    tolerance = RELATIVE[want.dtype] * float(abs(wanted).max(initial=0.0)) + 1e-6
    pairs = zip(wanted.tolist(), given.tolist(), strict=True)
    errors = [abs(a - b) for a, b in pairs if not (math.isnan(a) and math.isnan(b))]
    return max((math.inf if math.isnan(e) else e for e in errors), default=0.0) / tolerance


def judge_all(folder: Path, tests: list[Path], enough: int, memory_bytes: int) -> Table:
    """Judge the submission in `folder`, in a fork: what it does to the process ends there."""
    result = folder / "result.json"
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            silence(memory_bytes)
            result.write_text(json.dumps(judge_here(folder, tests, enough)))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if status:
        return {tests[0].stem: ("RTE", None, f"status {status}")}
    table: Table = json.loads(result.read_text())
    return table


def silence(memory_bytes: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nothing, fd)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def judge_here(folder: Path, tests: list[Path], enough: int) -> Table:
    results: Table = {}
    for test in tests:
        results[test.stem] = judge(folder, test)
        if sum(verdict != "AC" for verdict, _, _ in results.values()) >= enough:
            break
    return results


def judge(folder: Path, test: Path) -> Result:
    try:
        output = run_driver(folder, test)
    except BaseException:  # noqa: BLE001  (a submission may raise anything)
        return "RTE", None, traceback.format_exc(limit=-2).strip().splitlines()[-1]
    answer = test.with_suffix(".ans").read_bytes()
    check = Tensors().check(test.read_bytes(), output, answer)
    score = score_of(answer, output)
    if check.verdict is Verdict.WA and score is not None and score <= 1:
        score = None
    shown = check.told(shown=True)
    said = json.dumps(shown.to_json()) if shown else ""
    return str(check.verdict), score if score != math.inf else 1e300, said


def run_driver(folder: Path, test: Path) -> bytes:
    """One run of the driver, as in a fresh process: the submission is imported anew.

    The harness takes itself and the driver out of the loaded modules, where they belong again.
    """
    sys.modules.update(OURS)
    harness.in_jail = True
    harness._answers.clear()
    harness._loaded = None
    sys.stdin = io.TextIOWrapper(io.BytesIO(test.read_bytes()))
    runpy.run_path(str(folder / "main.py"), run_name="__main__")
    return harness.collected()


def judge_submission(package: Path, source: Path, enough: int) -> Table:
    tests = sorted((package / "data/sample").glob("*.in"))
    tests += sorted((package / "data/secret").glob("*.in"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (package / "include/python3").glob("*.py"):
            shutil.copy(file, folder)
        shutil.copy(source, folder / "submission.py")
        return judge_all(folder, tests, enough, memory_limit(package))


def memory_limit(package: Path) -> int:
    """`memory:` of problem.yaml in bytes; no YAML reader is at hand here."""
    found = re.search(r"^  memory: (\d+)$", (package / "problem.yaml").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) << 20


def main() -> None:
    package = Path(sys.argv[1])
    enough = int(sys.argv[2]) if len(sys.argv) > 2 else 1 << 30
    preload.load("torch")  # all that every fork would import again
    table = {
        f"{source.parent.name}/{source.name}": judge_submission(package, source, enough)
        for source in sorted((package / "submissions").glob("*/*.py"))
    }
    json.dump(table, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # what torch wanted done at exit, `preload` has dropped


main()
