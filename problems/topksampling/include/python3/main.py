"""Calls the submission's sample as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0)"
INPUTS = ["logits", "u", "temperature", "top_k", "top_p"]


def main():
    case = harness.read_case()
    function = harness.entry("sample", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
