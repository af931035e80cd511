import torch


def loss_of_rows(logits):
    shifted = logits - logits.max(dim=1, keepdim=True).values.detach()
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    return -torch.trace(log_p) / logits.shape[0]


def clip_loss(image, text, logit_scale):
    image = image / torch.sqrt((image * image).sum(dim=-1, keepdim=True))
    text = text / torch.sqrt((text * text).sum(dim=-1, keepdim=True))
    logits = (logit_scale.exp() * image).matmul(text.mT)
    return torch.stack([loss_of_rows(logits), loss_of_rows(logits.mT)]).mean()
