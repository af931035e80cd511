import torch


def apply_mrope(x, positions, sections, base=10000.0):
    half = x.shape[-1] // 2
    kind = torch.complex128 if x.dtype == torch.float64 else torch.complex64
    speeds = base ** (-torch.arange(half, dtype=torch.float64, device=x.device) / half)
    turns, start = [], 0
    for axis, count in enumerate(sections):
        angles = positions[axis].unsqueeze(-1) * speeds[start : start + count]
        turns.append(torch.polar(torch.ones_like(angles), angles))
        start += count
    turn = torch.cat(turns, -1).unsqueeze(1).to(kind)
    turned = torch.complex(x[..., :half], x[..., half:]) * turn
    return torch.cat([turned.real, turned.imag], -1)
