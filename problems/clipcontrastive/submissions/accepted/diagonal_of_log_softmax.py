import torch


def clip_loss(image, text, logit_scale):
    image = image / image.norm(dim=1, keepdim=True)
    text = text / text.norm(dim=1, keepdim=True)
    logits = torch.exp(logit_scale) * torch.einsum("id,jd->ij", image, text)
    by_image = torch.log_softmax(logits, dim=1).diagonal()
    by_text = torch.log_softmax(logits, dim=0).diagonal()
    return -(by_image.mean() + by_text.mean()) / 2
