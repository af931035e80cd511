import torch


def apply_rope(x, positions, base=10000.0):
    half = x.shape[-1] // 2
    speeds = base ** (-torch.arange(half, dtype=torch.float64, device=x.device) / half)
    angles = positions.unsqueeze(1).unsqueeze(-1) * speeds
    turns = torch.polar(torch.ones_like(angles), angles)
    turned = torch.complex(x[..., :half], x[..., half:]) * turns.to(
        torch.complex128 if x.dtype == torch.float64 else torch.complex64
    )
    return torch.cat([turned.real, turned.imag], dim=-1)
