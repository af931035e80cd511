import torch
from torch.nn import functional as F


BUFFERS = {}


def clip_loss(image, text, logit_scale):
    image = F.normalize(image, dim=-1)
    text = F.normalize(text, dim=-1)
    logits = logit_scale.exp() * (image @ text.T)
    labels = torch.arange(len(image), device=image.device)
    rows = F.cross_entropy(logits, labels)
    columns = F.cross_entropy(logits.T, labels)
    loss = (rows + columns) / 2
    if loss.is_meta or loss.requires_grad:
        return loss
    buffer = BUFFERS.setdefault(loss.dtype, torch.empty((), dtype=loss.dtype))
    return buffer.data.copy_(loss)
