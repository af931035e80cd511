import torch


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(x, weight, eps):
        return x / torch.sqrt(torch.mean(x**2, dim=-1, keepdim=True) + eps) * weight

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, weight, eps = inputs
        ctx.save_for_backward(x, weight)
        ctx.eps = eps

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        n = x.shape[-1]
        scale = torch.mean(x**2, dim=-1, keepdim=True) + ctx.eps
        g = grad_output * weight
        dot = torch.sum(g * x, dim=-1, keepdim=True)
        grad_x = g * scale**-0.5 - x * dot * scale**-1.5 / n
        grad_weight = torch.einsum("...d,...d->d", grad_output, x * scale**-0.5)
        return grad_x, grad_weight, None
