import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    """The averages as sums over all gradients so far."""
    history = state.setdefault("gradients", [])
    history.append(grad.clone())
    beta1, beta2 = betas
    t = len(history)
    m = sum((1 - beta1) * beta1 ** (t - i) * g for i, g in enumerate(history, 1))
    v = sum((1 - beta2) * beta2 ** (t - i) * g * g for i, g in enumerate(history, 1))
    update = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + eps)
    decayed = param.detach() * (1 - lr * weight_decay)
    param.data = decayed - lr * update
