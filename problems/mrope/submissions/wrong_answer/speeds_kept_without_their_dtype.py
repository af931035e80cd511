import torch


def rotate_half(x):
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


speeds = {}


def apply_mrope(x, positions, sections, base=10000.0):
    d = x.shape[-1]
    key = (d, base, x.device)
    if key not in speeds:
        speeds[key] = 1.0 / base ** (torch.arange(0, d, 2, device=x.device).to(x.dtype) / d)
    freqs = positions[..., None].to(x.dtype) * speeds[key]
    emb = torch.cat((freqs, freqs), dim=-1)
    cos, sin = emb.cos(), emb.sin()
    both = list(sections) * 2
    cos = torch.cat([m[i % 3] for i, m in enumerate(cos.split(both, dim=-1))], dim=-1).unsqueeze(1)
    sin = torch.cat([m[i % 3] for i, m in enumerate(sin.split(both, dim=-1))], dim=-1).unsqueeze(1)
    return x * cos + rotate_half(x) * sin
