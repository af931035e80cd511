import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    z, order = torch.sort(logits, dim=-1, descending=True, stable=True)
    if temperature < 1e-5:
        return order[:, 0].clone()
    z = z / temperature
    if top_k > 0:
        z, order = z[:, :top_k], order[:, :top_k]
    p = torch.softmax(z, dim=-1)
    before = p.cumsum(dim=-1) - p
    p = p.masked_fill(before >= top_p, 0.0)
    p = p / p.sum(dim=-1, keepdim=True)
    passed = (p.cumsum(dim=-1) <= u[:, None]).sum(dim=-1)
    rank = torch.minimum(passed, (p > 0).sum(dim=-1) - 1)
    return order.gather(-1, rank[:, None])[:, 0]
