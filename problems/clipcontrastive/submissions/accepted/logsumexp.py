import torch


def clip_loss(image, text, logit_scale):
    inverse = image.square().sum(-1).rsqrt().outer(text.square().sum(-1).rsqrt())
    logits = torch.mm(image, text.t()) * inverse * logit_scale.exp()
    right = logits.diagonal()
    return (0.5 * (logits.logsumexp(0) + logits.logsumexp(1)) - right).mean()
