import torch


class Average:
    """An exponential average without bias: what is summed is divided by the weights' sum."""

    def __init__(self, beta):
        self.beta, self.weight, self.sum = beta, 0.0, 0.0

    def add(self, value):
        self.weight = self.beta * self.weight + 1 - self.beta
        self.sum = self.beta * self.sum + (1 - self.beta) * value
        return self.sum / self.weight


def adamw_step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
    averages = state.setdefault("averages", [Average(beta) for beta in betas])
    with torch.no_grad():
        m, v = averages[0].add(grad), averages[1].add(grad.square())
        param -= lr * weight_decay * param + lr * m / (v.sqrt() + eps)
