import torch

SIZE = 256


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    """As the Triton tutorial: one pass over tiles of keys for dk and dv, one over those of queries
    for dq. The scores are computed twice, and no result is shared by two tiles."""
    scaled = q * q.shape[-1] ** -0.5
    delta = (grad_o * o).sum(-1, keepdim=True)

    def tile(rows, columns):
        scores = scaled[:, :, rows] @ k[:, :, columns].transpose(2, 3)
        if causal:
            i = torch.arange(q.shape[2], device=q.device)[rows]
            j = torch.arange(k.shape[2], device=q.device)[columns]
            scores = torch.where(i[:, None] >= j, scores, -torch.inf)
        weights = (scores - lse[:, :, rows].unsqueeze(-1)).exp()
        above = grad_o[:, :, rows] @ v[:, :, columns].transpose(2, 3)
        return weights, weights * (above - delta[:, :, rows])

    every = slice(None)
    keys = [slice(j, j + SIZE) for j in range(0, k.shape[2], SIZE)]
    queries = [slice(i, i + SIZE) for i in range(0, q.shape[2], SIZE)]
    dk, dv = [], []
    for columns in keys:
        weights, inner = tile(every, columns)
        dv.append(weights.transpose(2, 3) @ grad_o)
        dk.append(inner.transpose(2, 3) @ scaled)
    dq = [tile(rows, every)[1] @ k * q.shape[-1] ** -0.5 for rows in queries]
    return torch.cat(dq, 2), torch.cat(dk, 2), torch.cat(dv, 2)
