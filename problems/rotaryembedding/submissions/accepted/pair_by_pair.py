import torch


def apply_rope(x, positions, base=10000.0):
    half = x.shape[-1] // 2
    out = torch.empty_like(x)
    for i in range(half):
        theta = positions.to(x.dtype).unsqueeze(1) / base ** (i / half)
        c, s = torch.cos(theta), torch.sin(theta)
        out[..., i] = x[..., i] * c - x[..., i + half] * s
        out[..., i + half] = x[..., i] * s + x[..., i + half] * c
    return out
