import math

import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    """As torch has it: the corrections go into the step's size and the denominator."""
    if "step" not in state:
        state["step"] = 0
        state["exp_avg"] = torch.zeros_like(param, memory_format=torch.preserve_format)
        state["exp_avg_sq"] = torch.zeros_like(param, memory_format=torch.preserve_format)
    state["step"] += 1
    first, second = state["exp_avg"], state["exp_avg_sq"]
    param.data.mul_(1 - lr * weight_decay)
    first.data.lerp_(grad, 1 - betas[0])
    second.data.mul_(betas[1]).addcmul_(grad, grad, value=1 - betas[1])
    correction1 = 1 - betas[0] ** state["step"]
    correction2 = 1 - betas[1] ** state["step"]
    denominator = (second.sqrt() / math.sqrt(correction2)).add_(eps)
    param.data.addcdiv_(first, denominator, value=-lr / correction1)
