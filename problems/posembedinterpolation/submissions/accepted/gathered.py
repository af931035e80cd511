import torch


def taps(old, new, mode, pos):
    """The places (new, k) that are read along an axis, and their weights (new, k)."""
    at = (torch.arange(new, dtype=pos.dtype, device=pos.device) + 0.5) * (old / new) - 0.5
    low = at.floor()
    t = (at - low).unsqueeze(1)
    if mode == "bilinear":
        steps, weights = [0, 1], torch.cat([1 - t, t], 1)
    else:
        steps, a = [-1, 0, 1, 2], -0.75

        def near(x):
            return (a + 2) * x**3 - (a + 3) * x**2 + 1

        def far(x):
            return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a

        weights = torch.cat([far(1 + t), near(t), near(1 - t), far(2 - t)], 1)
    places = low.long().unsqueeze(1) + torch.tensor(steps, device=pos.device)
    return places.clamp(0, old - 1), weights


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    grid = pos[1:].unflatten(0, (old_height, old_width))
    rows, down = taps(old_height, height, mode, pos)
    columns, across = taps(old_width, width, mode, pos)
    grid = (grid[rows] * down[:, :, None, None]).sum(1)
    grid = (grid[:, columns] * across[None, :, :, None]).sum(2)
    return torch.vstack([pos[0], grid.reshape(-1, pos.shape[1])])
