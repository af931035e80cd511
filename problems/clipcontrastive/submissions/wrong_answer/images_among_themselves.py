import torch
from torch.nn import functional as F


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    own = torch.eye(len(image), dtype=torch.bool, device=image.device)
    same = (logit_scale.exp() * (image @ image.T)).masked_fill(own, -1e9)
    rows = F.cross_entropy(torch.cat([logits, same], 1), labels)
    columns = F.cross_entropy(logits.T, labels)
    return (rows + columns) / 2
