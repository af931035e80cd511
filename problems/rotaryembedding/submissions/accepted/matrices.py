import torch


def apply_rope(x, positions, base=10000.0):
    """A matrix of 2 x 2 for each token and pair."""
    d = x.shape[-1]
    speeds = torch.exp(
        torch.arange(0, d, 2, dtype=x.dtype, device=x.device)
        * -(torch.log(torch.tensor(float(base), dtype=torch.float64)).item() / d)
    )
    angles = torch.einsum("bs,i->bsi", positions.to(x.dtype), speeds)
    cos, sin = torch.cos(angles), torch.sin(angles)
    turn = torch.stack([torch.stack([cos, -sin]), torch.stack([sin, cos])])
    pairs = x.unflatten(-1, (2, d // 2))
    return torch.einsum("uvbsi,bhsvi->bhsui", turn, pairs).flatten(-2)
