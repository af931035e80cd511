"""Calls the submission's sliding_window_attention as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def sliding_window_attention(q, k, v, window)"
INPUTS = ["q", "k", "v", "window"]


def main():
    case = harness.read_case()
    function = harness.entry("sliding_window_attention", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
