import torch


def apply_rope(x, positions, base=10000.0):
    d = x.shape[-1]
    inv_freq = torch.pow(base, -torch.arange(0, d, 2, dtype=x.dtype, device=x.device) / d)
    longest = int(positions.max()) + 1
    t = torch.arange(longest, dtype=x.dtype, device=x.device)
    freqs = torch.outer(t, inv_freq)
    cos = torch.cat([freqs.cos(), freqs.cos()], dim=-1)[positions.long()][:, None]
    sin = torch.cat([-freqs.sin(), freqs.sin()], dim=-1)[positions.long()][:, None]
    return x * cos + torch.roll(x, d // 2, dims=-1) * sin
