import torch
from torch.nn import functional as F


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    ratio_chosen = (policy_chosen - reference_chosen).masked_fill(chosen_mask == 0, 0).sum(1)
    ratio_rejected = (policy_rejected - reference_rejected).masked_fill(rejected_mask == 0, 0).sum(1)
    return F.softplus(beta * (ratio_rejected - ratio_chosen)).mean()
