import torch


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        variance, mean = torch.var_mean(x, -1, correction=0, keepdim=True)
        r = torch.rsqrt(variance + eps)
        out = (x - mean) * r * weight + bias
        ctx.save_for_backward(out, weight, bias, r)
        return out

    @staticmethod
    def backward(ctx, grad_output):
        out, weight, bias, r = ctx.saved_tensors
        normed = (out - bias) / weight
        inner = grad_output * weight
        projected = normed * (inner * normed).mean(-1, keepdim=True)
        grad_x = r * (inner - inner.mean(-1, keepdim=True) - projected)
        rows = tuple(range(normed.dim() - 1))
        return grad_x, (grad_output * normed).sum(rows), grad_output.sum(rows), None
