import torch


def apply_mrope(x, positions, sections, base=10000.0):
    half = x.shape[-1] // 2
    t, h, w = sections
    out = torch.empty_like(x)
    for i in range(half):
        axis = 0 if i < t else 1 if i < t + h else 2
        theta = positions[axis].to(x.dtype).unsqueeze(1) / base ** (i / half)
        c, s = torch.cos(theta), torch.sin(theta)
        out[..., i] = x[..., i] * c - x[..., i + half] * s
        out[..., i + half] = x[..., i] * s + x[..., i + half] * c
    return out
