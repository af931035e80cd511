import torch
from torch.nn import functional as F


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    target = 2 * torch.eye(len(image), dtype=image.dtype, device=image.device) - 1
    return -F.logsigmoid(target * logits).sum() / len(image)
