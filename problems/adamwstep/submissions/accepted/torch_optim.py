import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    if "optimizer" not in state:
        state["optimizer"] = torch.optim.AdamW([param], betas=betas, eps=eps)
    (group,) = state["optimizer"].param_groups
    group["lr"], group["weight_decay"] = lr, weight_decay
    param.grad = grad.clone()
    state["optimizer"].step()
    param.grad = None
