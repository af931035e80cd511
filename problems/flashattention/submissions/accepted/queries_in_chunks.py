import torch


def flash_attention(q, k, v, causal=False):
    """All keys at once, for a few queries at a time."""
    d = q.shape[-1]
    keys = torch.arange(k.shape[2], device=q.device)
    outs, sums = [], []
    for start in range(0, q.shape[2], 128):
        some = q[:, :, start : start + 128]
        scores = torch.einsum("bhid,bhjd->bhij", some, k) * d**-0.5
        if causal:
            rows = torch.arange(start, start + some.shape[2], device=q.device)
            scores = scores.masked_fill(keys[None, :] > rows[:, None], float("-inf"))
        outs.append(scores.softmax(-1) @ v)
        sums.append(torch.logsumexp(scores, -1))
    return torch.cat(outs, 2), torch.cat(sums, 2)
