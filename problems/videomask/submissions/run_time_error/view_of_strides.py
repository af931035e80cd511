import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    return torch.ones_like(video_embeds[..., 0], dtype=torch.long).view(b, t * n)
