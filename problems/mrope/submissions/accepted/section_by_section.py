import torch
from einops import rearrange


def apply_mrope(x, positions, sections, base=10000.0):
    """Each axis turns its own channels of x; the speeds go on from one to the next."""
    d = x.size(-1)
    pairs = rearrange(x, "b h s (two i) -> two b h s i", two=2)
    turned, start = [], 0
    for axis, some in enumerate(pairs.split(tuple(sections), dim=-1)):
        i = torch.arange(start, start + some.size(-1), dtype=x.dtype, device=x.device)
        theta = torch.einsum("bs,i->bsi", positions[axis].to(x.dtype), base ** (-2 * i / d))[:, None]
        one, two = some
        turned.append(torch.stack([one * theta.cos() - two * theta.sin(), two * theta.cos() + one * theta.sin()]))
        start += some.size(-1)
    return rearrange(torch.cat(turned, -1), "two b h s i -> b h s (two i)")
