import torch


def sliding_window_attention(q, k, v, window):
    s, d = q.shape[2:]
    keys = k.unfold(2, window, 1)  # (b, h, s, d, window)
    values = v.unfold(2, window, 1)
    scores = (q.unsqueeze(-1) * keys).sum(3) / d**0.5
    place = torch.arange(s, device=q.device)[:, None] + torch.arange(window, device=q.device)
    scores = scores.masked_fill(place < window - 1, float("-inf"))
    return (scores.softmax(-1).unsqueeze(3) * values).sum(-1)
