import torch
import torch.nn.functional as F


def linear_attention(q, k, v):
    """The queries' features are divided, not the result."""
    b, h, s, d = q.shape
    q = (F.elu(q) + 1).reshape(b * h, s, d)
    k = (F.elu(k) + 1).reshape(b * h, s, d)
    v = v.reshape(b * h, s, -1)
    q = q / torch.einsum("nsd,nsd->ns", q, torch.cumsum(k, 1)).unsqueeze(2)
    state = torch.cumsum(torch.einsum("nsd,nse->nsde", k, v), 1)
    return torch.einsum("nsd,nsde->nse", q, state).reshape(b, h, s, -1)
