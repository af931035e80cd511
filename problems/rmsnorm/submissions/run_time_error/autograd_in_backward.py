import torch


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight)
        ctx.eps = eps
        return x * r * weight

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = (t.detach().requires_grad_() for t in ctx.saved_tensors)
        with torch.enable_grad():
            out = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + ctx.eps) * weight
        grad_x, grad_weight = torch.autograd.grad(out, (x, weight), grad_output)
        return grad_x, grad_weight, None
