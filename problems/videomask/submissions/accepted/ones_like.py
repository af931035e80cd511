import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    first = video_embeds[..., 0].detach()
    return torch.ones_like(first, dtype=torch.long).flatten(1)
