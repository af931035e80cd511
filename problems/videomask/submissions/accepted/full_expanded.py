import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    one = torch.full((1, 1), 1, device=video_embeds.device)
    return one.expand(b, t * n)
