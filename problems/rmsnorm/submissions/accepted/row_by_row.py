import torch


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        ctx.save_for_backward(x, weight)
        ctx.eps = eps
        rows = [row * weight / (row.dot(row) / row.numel() + eps).sqrt() for row in x.reshape(-1, x.shape[-1])]
        return torch.stack(rows).reshape(x.shape)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        d = x.shape[-1]
        grad_weight = torch.zeros_like(weight)
        grads = []
        for row, g in zip(x.reshape(-1, d), grad_output.reshape(-1, d)):
            rms = (row.dot(row) / d + ctx.eps).sqrt()
            grad_weight += g * row / rms
            inner = g * weight
            grads.append(inner / rms - row * row.dot(inner) / (d * rms**3))
        return torch.stack(grads).reshape(x.shape), grad_weight, None
