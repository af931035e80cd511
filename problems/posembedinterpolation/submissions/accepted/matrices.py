import torch


def weights_of(x, mode):
    """The weights of the neighbours at distance x from a place between two samples."""
    x = abs(x)
    if mode == "bilinear":
        return max(0.0, 1 - x)
    a = -0.75
    if x <= 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    if x < 2:
        return (((x - 5) * x + 8) * x - 4) * a
    return 0.0


def matrix(old, new, mode, like):
    """(new, old): a row for each new place."""
    rows = []
    for i in range(new):
        at = (i + 0.5) * old / new - 0.5
        row = [0.0] * old
        for j in range(int(at) - 4, int(at) + 5):
            row[min(max(j, 0), old - 1)] += weights_of(at - j, mode)
        rows.append(row)
    return torch.tensor(rows, dtype=like.dtype, device=like.device)


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    down = matrix(old_height, height, mode, pos)
    across = matrix(old_width, width, mode, pos)
    grid = pos[1:].reshape(old_height, old_width, pos.shape[1])
    grid = torch.einsum("ai,bj,ijd->abd", down, across, grid)
    return torch.cat((pos[:1], grid.flatten(0, 1)))
