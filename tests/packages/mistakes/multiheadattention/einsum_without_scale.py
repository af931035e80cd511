# told: no_scale.py
import torch


class Attention(torch.nn.Module):
    def __init__(self, num_heads, hidden):
        super().__init__()
        self.heads = num_heads
        for name in ("wq", "wk", "wv", "wo"):
            setattr(self, name, torch.nn.Linear(hidden, hidden))

    def forward(self, x, mask=None):
        split = lambda t: torch.stack(t.chunk(self.heads, dim=-1), dim=1)
        query, key, value = split(self.wq(x)), split(self.wk(x)), split(self.wv(x))
        weights = torch.einsum("bhid,bhjd->bhij", query, key)
        if mask is not None:
            weights = weights.masked_fill(~mask.bool()[:, None, None], float("-inf"))
        weights = torch.softmax(weights, -1)
        heads = torch.einsum("bhij,bhjd->bhid", weights, value)
        return self.wo(torch.cat(heads.unbind(1), dim=-1))
