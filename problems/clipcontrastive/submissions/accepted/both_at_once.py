import torch
from torch.nn.functional import cross_entropy, normalize


def clip_loss(image, text, logit_scale):
    """One batch of 2n rows, images first."""
    n = image.size(0)
    image, text = normalize(image), normalize(text)
    similarity = image @ text.t()
    logits = torch.cat([similarity, similarity.t()]) * logit_scale.exp()
    return cross_entropy(logits, torch.arange(n, device=logits.device).repeat(2))
