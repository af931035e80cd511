import torch
from torch.nn import functional as F


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logits = logit_scale.exp() * (image @ text.T)
    # Row i belongs to column i.
    labels = torch.arange(len(image), device=image.device)
    rows = F.cross_entropy(logits, labels)
    columns = F.cross_entropy(logits.T, labels)
    return (rows + columns) / 2
