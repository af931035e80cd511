"""Writes the table of `docs/sandbox.md` out of a run of the hostile corpus.

    pytest tests/hostile/test_hostile.py --junitxml=hostile.xml
    python tools/hostile_table.py hostile.xml

A cell is the verdict that the case got: the one that cases.toml asks for where the test passed.
Standard library only.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "sandbox.md"
BACKENDS = ("groups", "no_groups", "docker", "docker_no_groups")
BEGIN, END = "<!-- table: tools/hostile_table.py -->\n", "<!-- end of table -->\n"
NAME = re.compile(r"test_(case|fatal_call)\[(.+)\]")


def outcomes(report: Path) -> Iterator[tuple[str, str, str, str]]:
    """(test, backend, case, outcome) of each parametrised test in a JUnit report."""
    for test in ElementTree.parse(report).iter("testcase"):
        found = NAME.fullmatch(test.get("name", ""))
        if found is None:
            continue
        first, _, rest = found[2].partition("-")
        backend, case = (first, rest) if first in BACKENDS else found[2].rsplit("-", 1)[::-1]
        child = next(iter(test), None)
        yield found[1], backend, case, "passed" if child is None else child.tag


def cell(outcome: str | None, wanted: str) -> str:
    return {"passed": wanted, None: "", "skipped": "left out"}.get(outcome, "**wrong**")


def table(report: Path) -> str:
    cases = tomllib.loads((ROOT / "tests" / "hostile" / "cases.toml").read_text())
    got = {(test, case, backend): out for test, backend, case, out in outcomes(report)}
    lines = [f"| case | {' | '.join(BACKENDS)} |", "|---|" + "---|" * len(BACKENDS)]
    for name, row in cases.items():
        cells = []
        for backend in BACKENDS:
            wanted = row.get("without", row["verdict"]) if "no_" in backend else row["verdict"]
            cells.append(cell(got.get(("case", name, backend)), wanted))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    fatal = sorted({case for test, case, _ in got if test == "fatal_call"})
    cells = []
    for backend in BACKENDS:
        passed = sum(got.get(("fatal_call", call, backend)) == "passed" for call in fatal)
        cells.append(f"SV: {passed} of {len(fatal)}")
    lines.append(f"| system calls that only an attack makes | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(before + BEGIN + table(Path(sys.argv[1])) + END + after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
