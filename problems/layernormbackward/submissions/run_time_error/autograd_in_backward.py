import torch


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        centred = x - x.mean(-1, keepdim=True)
        r = torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + eps)
        normed = centred * r
        ctx.save_for_backward(x, weight, bias)
        ctx.eps = eps
        return normed * weight + bias

    @staticmethod
    def backward(ctx, grad_output):
        given = [t.detach().requires_grad_() for t in ctx.saved_tensors]
        with torch.enable_grad():
            out = torch.nn.functional.layer_norm(given[0], given[0].shape[-1:], *given[1:], ctx.eps)
        grad_x, grad_weight, grad_bias = torch.autograd.grad(out, given, grad_output)
        return grad_x, grad_weight, grad_bias, None
