"""For other judges of this package format: compares as our checker `tensors` does.

    validate.py INPUT ANSWER FEEDBACK_DIR/ < OUTPUT

Exits with 42 for a right output and with 43 for a wrong one. The project's root must be in
PYTHONPATH, as for the driver.
"""

import sys
from pathlib import Path

from judge.verdict import Verdict
from judge.wording import word
from worker.checkers.tensors import Tensors

given, answer, feedback = (Path(argument) for argument in sys.argv[1:4])
output = sys.stdin.buffer.read()
check = Tensors().check(given.read_bytes(), output, answer.read_bytes())
(feedback / "judgemessage.txt").write_text(word(check.told(shown=True)) + "\n")
sys.exit(42 if check.verdict is Verdict.AC else 43)
