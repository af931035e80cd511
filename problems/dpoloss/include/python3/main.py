"""Calls the submission's dpo_loss as the case says, answers with tensors."""

from runner import calls, harness

INPUTS = ["policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected"]
INPUTS += ["chosen_mask", "rejected_mask", "beta"]
DECLARATION = (
    "def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, "
    "chosen_mask, rejected_mask, beta=0.1)"
)


def main():
    case = harness.read_case()
    function = harness.entry("dpo_loss", DECLARATION)
    for prefix, part in calls.parts(case):
        calls.Calls(lambda: function, INPUTS).answer_all(part["calls"], prefix)


if __name__ == "__main__":
    main()
