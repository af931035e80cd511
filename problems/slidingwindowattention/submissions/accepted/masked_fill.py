import math

import torch


def sliding_window_attention(q, k, v, window):
    s, d = q.shape[-2:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(d)
    i = torch.arange(s, device=q.device)
    behind = i[:, None] - i
    # window tokens, the token itself included.
    scores = scores.masked_fill((behind < 0) | (behind >= window), float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights @ v
