import numpy as np
import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    p, g = param.detach().numpy(), grad.numpy().astype(np.float64)
    t, m, v = state.get("tmv", (0, np.zeros_like(g), np.zeros_like(g)))
    t, m, v = t + 1, betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g * g
    state["tmv"] = t, m, v
    step = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
    p[...] = p - lr * weight_decay * p - lr * step
