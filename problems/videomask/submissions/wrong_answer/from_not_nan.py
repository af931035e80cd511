import torch


def video_attention_mask(video_embeds):
    seen = ~torch.isnan(video_embeds).any(dim=-1)
    return seen.flatten(1).long()
