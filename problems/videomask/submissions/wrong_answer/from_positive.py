import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    return (video_embeds > 0).any(-1).long().flatten(1)
