import math

import torch


def slopes(h):
    power = 2 ** math.floor(math.log2(h))
    found = [2 ** (-8 * n / power) for n in range(1, power + 1)]
    others = [2 ** (-4 * n / power) for n in range(1, 2 * power, 2)]
    return found + others[: h - power]


biases = {}


def alibi_attention(q, k, v):
    h, s, d = q.shape[1:]
    scores = q @ k.transpose(-2, -1) / math.sqrt(d)
    key = (h, s, q.device)
    if key not in biases:
        i = torch.arange(s, device=q.device)
        behind = i[:, None] - i
        steep = torch.tensor(slopes(h), dtype=q.dtype, device=q.device)[:, None, None]
        biases[key] = (-steep * behind).masked_fill(behind < 0, float("-inf"))
    weights = (scores + biases[key]).softmax(dim=-1)
    return weights @ v
