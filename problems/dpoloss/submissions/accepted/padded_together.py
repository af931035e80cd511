import torch
from torch.nn.functional import logsigmoid, pad


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    """Both answers as one batch, as they run through the model."""
    longest = max(policy_chosen.shape[1], policy_rejected.shape[1])

    def together(*pair):
        return torch.cat([pad(one, (0, longest - one.shape[1])) for one in pair])

    mask = together(chosen_mask.long(), rejected_mask.long()).bool()
    policy = together(policy_chosen, policy_rejected).masked_fill(~mask, 0).sum(-1)
    reference = together(reference_chosen, reference_rejected).masked_fill(~mask, 0).sum(-1)
    chosen, rejected = (policy - reference).chunk(2)
    return -logsigmoid(beta * (chosen - rejected)).mean()
