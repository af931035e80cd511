# told: speeds_of_the_section.py
import torch


def apply_mrope(x, positions, sections, base=10000.0):
    half = x.shape[-1] // 2
    left, right = x[..., :half].split(sections, 3), x[..., half:].split(sections, 3)
    first, second = [], []
    for axis, n in enumerate(sections):
        speeds = 1 / base ** (torch.arange(n, device=x.device, dtype=x.dtype) / n)
        theta = (positions[axis].to(x.dtype)[..., None] * speeds)[:, None]
        first.append(left[axis] * theta.cos() - right[axis] * theta.sin())
        second.append(right[axis] * theta.cos() + left[axis] * theta.sin())
    return torch.cat([*first, *second], 3)
