# told: averaged_over_tokens.py
import torch
import torch.nn.functional as F


def average(log_p, mask):
    mask = mask.bool()
    return log_p.masked_fill(~mask, 0).sum(-1) / mask.sum(-1)


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    pi = average(policy_chosen, chosen_mask) - average(policy_rejected, rejected_mask)
    ref = average(reference_chosen, chosen_mask) - average(reference_rejected, rejected_mask)
    return F.softplus(-beta * (pi - ref)).mean()
