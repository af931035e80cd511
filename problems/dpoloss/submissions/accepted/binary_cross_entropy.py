import torch
from torch import nn


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    """The reward model of Bradley and Terry: a classifier of which answer is better."""
    with torch.no_grad():
        ref = [reference_chosen.masked_fill(~chosen_mask.bool(), 0).sum(-1),
               reference_rejected.masked_fill(~rejected_mask.bool(), 0).sum(-1)]
    policy = [policy_chosen.masked_fill(~chosen_mask.bool(), 0).sum(-1),
              policy_rejected.masked_fill(~rejected_mask.bool(), 0).sum(-1)]
    rewards = [beta * (p - r) for p, r in zip(policy, ref)]
    logits = rewards[0] - rewards[1]
    return nn.BCEWithLogitsLoss()(logits, torch.ones_like(logits))
