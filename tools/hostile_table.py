"""Writes the table of `docs/sandbox.md` from a run of the hostile corpus.

    SHOUSI_WHOLE_CORPUS=1 pytest tests/hostile/test_hostile.py --junitxml=hostile.xml
    python tools/hostile_table.py hostile.xml [MORE.xml...]

If several reports have the same test, the last one counts. A cell is the case's verdict on a
backend: if the test passed, the one that cases.toml expects there. The last column says why a row's
cells differ. Standard library only.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "sandbox.md"
BACKENDS = (
    "groups",
    "no_groups",
    "docker",
    "docker_no_groups",
    "single_use",
    "single_use_no_groups",
    "landlock",
)
USERS = ("ordinary_user", "landlock_user", "landlock_abi_1")
BEGIN, END = "<!-- table: tools/hostile_table.py -->\n", "<!-- end of table -->\n"
NAME = re.compile(r"test_(case|fatal_call)\[(.+)\]")
USER_TEST = re.compile(r"test_as_an_ordinary_user_below_a_private_home\[(.+)\]")
FAILED = "**wrong**"


def outcomes(report: Path) -> Iterator[tuple[str, str, str, str]]:
    """(test, backend, case, outcome) of each parametrised test in a JUnit report."""
    for test in ElementTree.parse(report).iter("testcase"):
        child = next(iter(test), None)
        outcome = "passed" if child is None else child.tag
        name = test.get("name", "")
        as_user = USER_TEST.fullmatch(name)
        if as_user is not None:
            yield "user", as_user[1], "", outcome
            continue
        found = NAME.fullmatch(name)
        if found is None:
            continue
        first, _, rest = found[2].partition("-")
        backend, case = (first, rest) if first in BACKENDS else found[2].rsplit("-", 1)[::-1]
        yield found[1], backend, case, outcome


def cell(outcome: str | None, wanted: str) -> str:
    return {"passed": wanted, None: "", "skipped": "left out"}.get(outcome, FAILED)


def wanted(row: dict[str, str], backend: str) -> str:
    if "alone" in row and backend.startswith("single_use"):
        return row["alone"]
    landlock = backend.startswith("landlock")
    if "shared" in row and landlock and backend in USERS:
        return row["shared"]
    if "landlock" in row and landlock:
        return row["landlock"]
    groups = backend not in USERS and not landlock and "no_" not in backend
    return row["verdict"] if groups else row.get("without", row["verdict"])


def table(reports: list[Path]) -> str:
    cases = tomllib.loads((ROOT / "tests" / "hostile" / "cases.toml").read_text())
    got = {
        (test, case, backend): out
        for report in reports
        for test, backend, case, out in outcomes(report)
    }
    # With another user one test runs the whole corpus.
    got |= {
        ("case", name, user): got["user", "", user]
        for user in USERS
        for name in cases
        if ("user", "", user) in got
    }
    columns = (*BACKENDS, *USERS)
    lines = [
        f"| case | {' | '.join(columns)} | why they differ |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for name, row in cases.items():
        cells = [cell(got.get(("case", name, one)), wanted(row, one)) for one in columns]
        lines.append(f"| {name} | {' | '.join(cells)} | {row.get('why', '')} |")
    fatal = sorted({case for test, case, _ in got if test == "fatal_call"})
    cells = []
    for backend in BACKENDS:
        passed = sum(got.get(("fatal_call", call, backend)) == "passed" for call in fatal)
        cells.append(f"SV: {passed} of {len(fatal)}")
    rest = " |" * (len(USERS) + 1)
    lines.append(f"| system calls that only an attack makes | {' | '.join(cells)} |{rest}")
    return "\n".join(lines) + "\n"


def main() -> int:
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(before + BEGIN + table([Path(word) for word in sys.argv[1:]]) + END + after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
