import torch
from torch.autograd.function import once_differentiable


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        var, mean = torch.var_mean(x, dim=-1, keepdim=True, correction=0)
        inv_std = (var + eps).rsqrt()
        ctx.save_for_backward(x, weight, mean, inv_std)
        return torch.addcmul(bias, (x - mean) * inv_std, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        x, weight, mean, inv_std = ctx.saved_tensors
        d = x.size(-1)
        x_hat = (x - mean) * inv_std
        grad_x = grad_w = grad_b = None
        if ctx.needs_input_grad[0]:
            g = grad * weight
            sums = g.sum(-1, keepdim=True), (g * x_hat).sum(-1, keepdim=True)
            grad_x = inv_std / d * (d * g - sums[0] - x_hat * sums[1])
        if ctx.needs_input_grad[1]:
            grad_w = torch.einsum("...d,...d->d", grad, x_hat)
        if ctx.needs_input_grad[2]:
            grad_b = torch.einsum("...d->d", grad)
        return grad_x, grad_w, grad_b, None
