import torch


def sliding_window_attention(q, k, v, window):
    s = q.size(2)
    scores = torch.einsum("bhid,bhjd->bhij", q / q.size(3) ** 0.5, k)
    band = torch.full((s, s), float("-inf"), dtype=q.dtype, device=q.device)
    band = band.triu(1) + band.tril(-window)
    return torch.einsum("bhij,bhjd->bhid", torch.softmax(scores + band, -1), v)
