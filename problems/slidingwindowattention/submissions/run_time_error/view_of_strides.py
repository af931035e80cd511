import math

import torch


def sliding_window_attention(q, k, v, window):
    b, h, s, d = q.shape
    q, k = q.view(b * h, s, d), k.view(b * h, s, d)
    scores = q @ k.transpose(-2, -1) / math.sqrt(d)
    i = torch.arange(s, device=q.device)
    behind = i[:, None] - i
    scores = scores.masked_fill((behind < 0) | (behind >= window), float("-inf"))
    weights = scores.softmax(dim=-1)
    return weights.view(b, h, s, s) @ v
