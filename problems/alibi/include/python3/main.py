"""Calls the submission's alibi_attention as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def alibi_attention(q, k, v)"
INPUTS = ["q", "k", "v"]


def main():
    case = harness.read_case()
    function = harness.entry("alibi_attention", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
