import torch


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        given, x = x.dtype, x.float()
        r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, r)
        return (x * r).to(given) * weight

    @staticmethod
    def backward(ctx, grad_output):
        x, weight, r = ctx.saved_tensors
        given, grad_output = grad_output.dtype, grad_output.float()
        weight = weight.float()
        normed = x * r
        inner = grad_output * weight
        grad_x = r * (inner - normed * (inner * normed).mean(-1, keepdim=True))
        grad_weight = (grad_output * normed).flatten(0, -2).sum(0)
        return grad_x.to(given), grad_weight.to(given), None
