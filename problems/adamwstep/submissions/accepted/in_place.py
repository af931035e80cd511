import torch


@torch.no_grad()
def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    if not state:
        state["t"] = 0
        state["m"] = torch.zeros_like(param)
        state["v"] = torch.zeros_like(param)
    state["t"] += 1
    t, m, v = state["t"], state["m"], state["v"]
    beta1, beta2 = betas
    # Changed in place: the state keeps these two tensors.
    m.mul_(beta1).add_(grad, alpha=1 - beta1)
    v.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
    # The corrected ones must not go back into the state.
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    # The decay acts on the parameter itself, not on its gradient.
    param.mul_(1 - lr * weight_decay)
    param.sub_(lr * m_hat / (v_hat.sqrt() + eps))
