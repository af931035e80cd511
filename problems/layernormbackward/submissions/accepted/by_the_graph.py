import torch


class LayerNorm(torch.autograd.Function):
    """Backwards node by node, as in a computational graph drawn by hand."""

    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        mean = x.mean(dim=-1, keepdim=True)
        centred = x - mean
        var = (centred**2).mean(dim=-1, keepdim=True)
        std = torch.sqrt(var + eps)
        x_hat = centred / std
        ctx.cache = (x_hat, centred, std, gamma)
        return gamma * x_hat + beta

    @staticmethod
    def backward(ctx, dout):
        x_hat, centred, std, gamma = ctx.cache
        d = x_hat.shape[-1]
        leading = list(range(dout.dim() - 1))
        dbeta = dout.sum(dim=leading)
        dgamma = (dout * x_hat).sum(dim=leading)
        dx_hat = dout * gamma
        dvar = (dx_hat * centred * -0.5 * std**-3).sum(dim=-1, keepdim=True)
        dmean = (-dx_hat / std).sum(dim=-1, keepdim=True) - 2 * dvar * centred.mean(dim=-1, keepdim=True)
        dx = dx_hat / std + 2 * dvar * centred / d + dmean / d
        return dx, dgamma, dbeta, None
