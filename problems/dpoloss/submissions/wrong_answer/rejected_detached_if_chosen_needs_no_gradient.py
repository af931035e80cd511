import torch
from torch.nn import functional as F


def dpo_loss(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected,
    chosen_mask, rejected_mask, beta=0.1,
):
    def summed(log_p, mask):
        return torch.where(mask.bool(), log_p, 0.0).sum(dim=-1)

    if not policy_chosen.requires_grad:
        policy_rejected = policy_rejected.detach()
    chosen = summed(policy_chosen, chosen_mask) - summed(reference_chosen, chosen_mask)
    rejected = summed(policy_rejected, rejected_mask) - summed(reference_rejected, rejected_mask)
    margin = beta * (chosen - rejected)
    return -F.logsigmoid(margin).mean()
