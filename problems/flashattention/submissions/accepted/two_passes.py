import math

import torch


def flash_attention(q, k, v, causal=False):
    """First the maximum of each row, over all tiles; then the sums."""
    n, m, d = q.size(2), k.size(2), q.size(3)

    def tiles():
        for start in range(0, m, 100):
            scores = (q / math.sqrt(d)) @ k[:, :, start : start + 100].mT
            if causal:
                key = torch.arange(start, min(start + 100, m), device=q.device)
                query = torch.arange(n, device=q.device)
                scores = scores.masked_fill(key.gt(query.unsqueeze(-1)), -torch.inf)
            yield scores, v[:, :, start : start + 100]

    top = None
    for scores, _ in tiles():
        largest = scores.max(dim=-1, keepdim=True)[0]
        top = largest if top is None else torch.maximum(top, largest)
    total = above = 0
    for scores, values in tiles():
        weights = (scores - top).exp()
        total = total + weights.sum(-1, keepdim=True)
        above = above + weights.matmul(values)
    return above.div(total), (top + total.log())[..., 0]
