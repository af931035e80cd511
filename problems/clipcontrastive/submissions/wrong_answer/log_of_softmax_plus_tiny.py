import torch
from torch.nn import functional as F


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    rows = -(logits.softmax(1).diagonal() + 1e-8).log().mean()
    columns = -(logits.softmax(0).diagonal() + 1e-8).log().mean()
    return (rows + columns) / 2
