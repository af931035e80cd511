import torch
import torch.nn.functional as F


class RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        ctx.save_for_backward(x, weight)
        ctx.eps = eps
        return F.rms_norm(x, (x.size(-1),), weight, eps)

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        r = torch.rsqrt(norm**2 / x.size(-1) + ctx.eps)
        x_hat = x * r
        g = grad_output * weight
        dx = r * torch.addcmul(g, x_hat, (g * x_hat).mean(-1, keepdim=True), value=-1)
        # Autograd sums a gradient that is broadcast.
        return dx, grad_output * x_hat, None
