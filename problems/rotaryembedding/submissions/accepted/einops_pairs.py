import torch
from einops import einsum, rearrange


def apply_rope(x, positions, base=10000.0):
    d = x.shape[-1]
    speeds = base ** -(torch.arange(d // 2, dtype=x.dtype, device=x.device) * 2 / d)
    theta = rearrange(einsum(positions.to(x.dtype), speeds, "b s, i -> b s i"), "b s i -> b 1 s i")
    one, two = rearrange(x, "b h s (two i) -> two b h s i", two=2)
    turned = torch.stack([one * theta.cos() - two * theta.sin(), two * theta.cos() + one * theta.sin()])
    return rearrange(turned, "two b h s i -> b h s (two i)")
