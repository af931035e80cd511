"""Calls the submission's apply_rope as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def apply_rope(x, positions, base=10000.0)"
INPUTS = ["x", "positions", "base"]


def main():
    case = harness.read_case()
    rope = harness.entry("apply_rope", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: rope, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
