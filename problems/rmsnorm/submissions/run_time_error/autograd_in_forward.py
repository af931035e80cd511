import torch


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        with torch.enable_grad():
            x, weight = x.detach().requires_grad_(), weight.detach().requires_grad_()
            ctx.out = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight
        ctx.given = x, weight
        return ctx.out.detach().clone()

    @staticmethod
    def backward(ctx, grad_output):
        grad_x, grad_weight = torch.autograd.grad(ctx.out, ctx.given, grad_output)
        return grad_x, grad_weight, None
