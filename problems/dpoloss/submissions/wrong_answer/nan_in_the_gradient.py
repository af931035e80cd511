import torch
from torch.nn import functional as F


def dpo_loss(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected,
    chosen_mask, rejected_mask, beta=0.1,
):
    def summed(log_p, mask):
        return torch.where(mask.bool(), log_p, 0.0).sum(dim=-1)

    won, lost = chosen_mask.bool(), rejected_mask.bool()
    chosen = torch.where(won, (policy_chosen - reference_chosen).exp(), 1.0).log().sum(dim=-1)
    rejected = torch.where(lost, (policy_rejected - reference_rejected).exp(), 1.0).log().sum(dim=-1)
    margin = beta * (chosen - rejected)
    return -F.logsigmoid(margin).mean()
