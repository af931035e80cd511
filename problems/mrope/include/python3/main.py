"""Calls the submission's apply_mrope as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def apply_mrope(x, positions, sections, base=10000.0)"
INPUTS = ["x", "positions", "sections", "base"]


def main():
    case = harness.read_case()
    rope = harness.entry("apply_mrope", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: rope, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
