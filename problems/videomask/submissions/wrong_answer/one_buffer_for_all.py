import torch

BUFFER = torch.empty(0, dtype=torch.long)


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    mask = BUFFER.to(video_embeds.device).resize_(b, t * n)
    return mask.fill_(1)
