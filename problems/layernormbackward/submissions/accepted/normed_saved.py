import torch


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        centred = x - x.mean(-1, keepdim=True)
        r = torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + eps)
        normed = centred * r
        ctx.save_for_backward(normed, weight, r)
        return normed * weight + bias

    @staticmethod
    def backward(ctx, grad_output):
        normed, weight, r = ctx.saved_tensors
        inner = grad_output * weight
        along = (inner * normed).mean(-1, keepdim=True)
        # Without its parts along the row of ones and along the row itself.
        grad_x = r * (inner - inner.mean(-1, keepdim=True) - normed * along)
        grad_weight = (grad_output * normed).flatten(0, -2).sum(0)
        grad_bias = grad_output.flatten(0, -2).sum(0)
        return grad_x, grad_weight, grad_bias, None
