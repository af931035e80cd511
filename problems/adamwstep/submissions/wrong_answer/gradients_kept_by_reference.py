import torch


@torch.no_grad()
def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    state.setdefault("gradients", []).append(grad)
    history = list(enumerate(state["gradients"], 1))
    t = len(history)
    beta1, beta2 = betas
    m = sum((1 - beta1) * beta1 ** (t - i) * g for i, g in history)
    v = sum((1 - beta2) * beta2 ** (t - i) * g * g for i, g in history)
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    param.mul_(1 - lr * weight_decay)
    param.sub_(lr * m_hat / (v_hat.sqrt() + eps))
