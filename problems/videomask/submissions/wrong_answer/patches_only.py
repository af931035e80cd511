import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    return torch.ones(b, n, dtype=torch.long, device=video_embeds.device)
