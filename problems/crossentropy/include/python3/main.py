"""Calls the submission's cross_entropy as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0)"
INPUTS = ["logits", "targets", "ignore_index", "label_smoothing"]


def main():
    case = harness.read_case()
    function = harness.entry("cross_entropy", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
