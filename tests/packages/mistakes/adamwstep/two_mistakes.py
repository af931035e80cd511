# told: none
import torch


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    """No correction, and the decay isn't multiplied by lr."""
    b1, b2 = betas
    with torch.no_grad():
        state["m"] = b1 * state.get("m", torch.zeros_like(grad)) + (1 - b1) * grad
        state["v"] = b2 * state.get("v", torch.zeros_like(grad)) + (1 - b2) * grad * grad
        param -= lr * state["m"] / (state["v"].sqrt() + eps) + weight_decay * param
