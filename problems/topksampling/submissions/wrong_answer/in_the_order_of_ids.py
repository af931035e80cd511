import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    z, order = torch.sort(logits, dim=-1, descending=True, stable=True)
    if temperature == 0:
        return order[:, 0]
    z = z / temperature
    if top_k > 0:
        z, order = z[:, :top_k], order[:, :top_k]
    p = torch.softmax(z, dim=-1)
    before = p.cumsum(dim=-1) - p
    p = p.masked_fill(before >= top_p, 0.0)
    p = p / p.sum(dim=-1, keepdim=True)
    whole = torch.zeros_like(logits).scatter(-1, order, p)
    passed = (whole.cumsum(dim=-1) <= u[:, None]).sum(dim=-1)
    return passed.clamp(max=logits.shape[-1] - 1)
