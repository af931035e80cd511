import torch


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        x = torch.as_strided(x.clone(), x.shape, torch.empty(x.shape, device="meta").stride())
        r = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, weight, r)
        return x * r * weight

    @staticmethod
    def backward(ctx, grad_output):
        x, weight, r = ctx.saved_tensors
        normed = x * r
        inner = grad_output * weight
        grad_x = r * (inner - normed * (inner * normed).mean(-1, keepdim=True))
        grad_weight = (grad_output * normed).flatten(0, -2).sum(0)
        return grad_x, grad_weight, None
