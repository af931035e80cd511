import torch


def matrix(old, new, mode, like):
    """(new, old): a row for each new place."""
    at = (torch.arange(new, device=like.device) + 0.5) * old / new - 0.5
    places = torch.arange(-4, old + 4, device=like.device)
    x = (at[:, None] - places).abs()
    if mode == "bilinear":
        weights = (1 - x).clamp(min=0)
    else:
        a = -0.75
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = (((x - 5) * x + 8) * x - 4) * a
        weights = torch.where(x <= 1, near, torch.where(x < 2, far, 0.0))
    found = torch.zeros(new, old, dtype=weights.dtype, device=like.device)
    return found.index_add(1, places.clamp(0, old - 1), weights).to(like.dtype)


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    down = matrix(old_height, height, mode, pos)
    across = matrix(old_width, width, mode, pos)
    grid = pos[1:].reshape(old_height, old_width, pos.shape[1])
    grid = torch.einsum("ai,bj,ijd->abd", down, across, grid)
    return torch.cat((pos[:1], grid.flatten(0, 1)))
