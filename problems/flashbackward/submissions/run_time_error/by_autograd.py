import torch


def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    q, k, v = (one.detach().clone().requires_grad_() for one in (q, k, v))
    with torch.enable_grad():
        scores = q @ k.mT * q.shape[-1] ** -0.5
        if causal:
            ahead = torch.ones(scores.shape[2:], dtype=torch.bool, device=q.device).triu(1)
            scores = scores.masked_fill(ahead, float("-inf"))
        out = scores.softmax(-1) @ v
    return torch.autograd.grad(out, (q, k, v), grad_o)
