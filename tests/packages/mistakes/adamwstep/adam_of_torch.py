# told: decay_in_the_gradient.py
import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    if not state:
        state["adam"] = torch.optim.Adam([param], lr=lr, betas=betas, eps=eps)
    group = state["adam"].param_groups[0]
    group["lr"] = lr
    group["weight_decay"] = weight_decay
    param.grad = grad.detach().clone()
    state["adam"].step()
