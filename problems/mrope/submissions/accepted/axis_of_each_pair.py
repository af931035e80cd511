import torch


def apply_mrope(x, positions, sections, base=10000.0):
    """Which axis each pair belongs to, as an index into the positions."""
    half = x.shape[-1] // 2
    axis = [which for which, count in enumerate(sections) for _ in range(count)]
    own = positions[axis].permute(1, 2, 0).to(x.dtype)
    exponents = torch.arange(half, dtype=x.dtype, device=x.device) / half
    angles = (own / base**exponents)[:, None]
    left, right = x[..., :half], x[..., half:]
    return torch.cat(
        [left * angles.cos() - right * angles.sin(), right * angles.cos() + left * angles.sin()], -1
    )
