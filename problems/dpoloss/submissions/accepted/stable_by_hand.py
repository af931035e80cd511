import torch


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    zero = policy_chosen.new_zeros(())
    x = torch.where(chosen_mask > 0, policy_chosen - reference_chosen, zero).sum(-1)
    x = x - torch.where(rejected_mask > 0, policy_rejected - reference_rejected, zero).sum(-1)
    x = beta * x
    return (torch.relu(-x) + torch.log1p(torch.exp(-x.abs()))).mean()
