import math

import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    beta1, beta2 = betas
    state["t"] = t = state.get("t", 0) + 1
    new = []
    for i, (p, g) in enumerate(zip(param.flatten().tolist(), grad.flatten().tolist())):
        m, v = state.get(i, (0.0, 0.0))
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        state[i] = m, v
        p *= 1 - lr * weight_decay
        new.append(p - lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps))
    with torch.no_grad():
        param.copy_(torch.tensor(new, dtype=param.dtype, device=param.device).reshape(param.shape))
