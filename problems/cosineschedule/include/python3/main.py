"""Calls the submission's cosine_schedule as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def cosine_schedule(base, steps, warmup, total, min_ratio=0.0)"
INPUTS = ["base", "steps", "warmup", "total", "min_ratio"]


def main():
    case = harness.read_case()
    function = harness.entry("cosine_schedule", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
