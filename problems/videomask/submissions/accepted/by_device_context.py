import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    with torch.device(video_embeds.device):
        return torch.ones(b, t, n).long().view(b, -1)
