import torch


class RMSNorm(torch.autograd.Function):
    """Backwards step by step, as in a computational graph drawn by hand."""

    @staticmethod
    def forward(ctx, x, weight, eps):
        square = x * x
        mean = square.mean(-1, keepdim=True)
        root = torch.sqrt(mean + eps)
        inverse = 1.0 / root
        normed = x * inverse
        ctx.cache = (x, weight, root, inverse, normed)
        return normed * weight

    @staticmethod
    def backward(ctx, dy):
        x, weight, root, inverse, normed = ctx.cache
        dweight = dy * normed
        while dweight.dim() > 1:
            dweight = dweight.sum(0)
        dnormed = dy * weight
        dx = dnormed * inverse
        dinverse = (dnormed * x).sum(-1, keepdim=True)
        droot = -dinverse / root**2
        dmean = 0.5 * droot / root
        dsquare = dmean.expand_as(x) / x.shape[-1]
        dx = dx + 2 * x * dsquare
        return dx, dweight, None
