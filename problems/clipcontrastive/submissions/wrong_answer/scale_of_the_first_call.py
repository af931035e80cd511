import torch
from torch.nn import functional as F


SCALES = {}


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logit_scale = SCALES.setdefault((logit_scale.dtype, logit_scale.device), logit_scale)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    rows = F.cross_entropy(logits, labels)
    columns = F.cross_entropy(logits.T, labels)
    return (rows + columns) / 2
