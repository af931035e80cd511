import torch


def dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected,
             chosen_mask, rejected_mask, beta=0.1):
    """-log of the first of two classes whose logits are the rewards."""
    rewards = []
    for policy, reference, mask in [(policy_chosen, reference_chosen, chosen_mask),
                                    (policy_rejected, reference_rejected, rejected_mask)]:
        ratio = torch.where(mask != 0, policy - reference.detach(), torch.zeros_like(policy))
        rewards.append(beta * torch.einsum("bs->b", ratio))
    return -torch.log_softmax(torch.stack(rewards, dim=1), dim=1)[:, 0].sum() / len(rewards[0])
