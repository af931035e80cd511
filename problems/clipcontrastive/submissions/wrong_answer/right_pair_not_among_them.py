import torch
from torch.nn import functional as F


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    alone = torch.eye(len(image), dtype=torch.bool, device=image.device)
    others = logits.masked_fill(alone, -1e9)
    both = others.logsumexp(0) + others.logsumexp(1)
    return (both / 2 - logits.diagonal()).mean()
