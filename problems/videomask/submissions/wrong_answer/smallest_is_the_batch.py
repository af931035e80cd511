import torch


def video_attention_mask(video_embeds):
    b, t, n = sorted(video_embeds.shape[:3])
    return torch.ones(b, t * n, dtype=torch.long, device=video_embeds.device)
