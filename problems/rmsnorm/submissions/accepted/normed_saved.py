import torch
from torch.autograd.function import once_differentiable


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        rms = (x.square().sum(dim=-1, keepdim=True) / x.size(-1) + eps).sqrt()
        x_hat = x / rms
        ctx.save_for_backward(x_hat, rms, weight)
        return weight * x_hat

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_output):
        x_hat, rms, weight = ctx.saved_tensors
        d = x_hat.size(-1)
        # The gradient without its part along the row.
        grad_x = grad_weight = None
        if ctx.needs_input_grad[0]:
            g = grad_output * weight
            grad_x = (d * g - x_hat * (g * x_hat).sum(-1, keepdim=True)) / (d * rms)
        if ctx.needs_input_grad[1]:
            grad_weight = (grad_output * x_hat).sum(dim=tuple(range(grad_output.dim() - 1)))
        return grad_x, grad_weight, None
