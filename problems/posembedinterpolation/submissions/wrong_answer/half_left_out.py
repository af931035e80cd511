import torch


def resize_positions(pos, old_height, old_width, height, width, mode="bicubic"):
    def matrix(old, new):
        rows = []
        for i in range(new):
            at = i * old / new
            row = [0.0] * old
            for j in range(int(at) - 4, int(at) + 5):
                x, a = abs(at - j), -0.75
                if mode == "bilinear":
                    weight = max(0.0, 1 - x)
                elif x <= 1:
                    weight = ((a + 2) * x - (a + 3)) * x * x + 1
                else:
                    weight = (((x - 5) * x + 8) * x - 4) * a if x < 2 else 0.0
                row[min(max(j, 0), old - 1)] += weight
            rows.append(row)
        return torch.tensor(rows, dtype=pos.dtype, device=pos.device)

    grid = pos[1:].reshape(old_height, old_width, pos.shape[1])
    grid = torch.einsum("ai,bj,ijd->abd", matrix(old_height, height), matrix(old_width, width), grid)
    return torch.cat((pos[:1], grid.flatten(0, 1)))
