"""Draws docs/img/verdict.svg from a real submission; needs a running service (`make run`).

.venv/bin/python tools/picture.py
"""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cli.show import show
from cli.submitting import connect

ROOT = Path(__file__).resolve().parent.parent
MUTANT = ROOT / "problems/multiheadattention/submissions/wrong_answer/no_scale.py"
WIDTH = 104
TESTS_SHOWN = 6


def main() -> None:
    """Submit attention without the scale, and save the terminal's output as an SVG."""
    client = connect()
    body = {"language": "pytorch", "source": MUTANT.read_text()}
    identifier = client.send("multiheadattention", "submissions", body)["id"]
    submission = client.submission(identifier, 30)
    submission["tests"] = submission["tests"][:TESTS_SHOWN]
    for test in submission["tests"]:
        test.update(stderr=None)
        if test["name"] != "sample/1":
            test.update(input=None, expected=None, output=None)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ shousi submit attention.py", style="bold"))
    show(submission, console)
    target = ROOT / "docs" / "img" / "verdict.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    drawn = console.export_svg(title="Shousi 手撕")
    # Without the fonts from another host: the reader's own monospace font is good enough.
    target.write_text(re.sub(r"@font-face {.*?}\s*", "", drawn, flags=re.DOTALL))


if __name__ == "__main__":
    main()
