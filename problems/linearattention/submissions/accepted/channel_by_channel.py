import torch


def linear_attention(q, k, v):
    """No state of all channels at once: one channel of the features after the other."""
    q = torch.nn.functional.elu(q).add(1)
    k = torch.nn.functional.elu(k).add(1)
    above, below = 0, 0
    for c in range(q.shape[-1]):
        one_q, one_k = q[..., c : c + 1], k[..., c : c + 1]
        above = above + one_q * (one_k * v).cumsum(2)
        below = below + one_q * one_k.cumsum(2)
    return above / below
