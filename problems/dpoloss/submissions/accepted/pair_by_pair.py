import torch


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    losses = []
    for i in range(len(policy_chosen)):
        won, lost = chosen_mask[i].bool(), rejected_mask[i].bool()
        better = policy_chosen[i][won].sum() - reference_chosen[i][won].sum()
        worse = policy_rejected[i][lost].sum() - reference_rejected[i][lost].sum()
        losses.append(-torch.nn.functional.logsigmoid(beta * (better - worse)))
    return torch.stack(losses).mean()
