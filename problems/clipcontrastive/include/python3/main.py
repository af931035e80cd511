"""Calls the submission's clip_loss as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def clip_loss(image, text, logit_scale)"
INPUTS = ["image", "text", "logit_scale"]


def main():
    case = harness.read_case()
    function = harness.entry("clip_loss", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
