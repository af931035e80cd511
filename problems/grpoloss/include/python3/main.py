"""Calls the submission's grpo_loss as the case says, answers with tensors."""

from runner import calls, harness

DECLARATION = "def grpo_loss(log_p, old_log_p, rewards, mask, group_size, clip=0.2, eps=1e-8)"
INPUTS = ["log_p", "old_log_p", "rewards", "mask", "group_size", "clip", "eps"]


def main():
    case = harness.read_case()
    function = harness.entry("grpo_loss", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
