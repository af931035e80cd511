import torch


def video_attention_mask(video_embeds):
    frames = video_embeds.detach()[..., 0].flatten(1)
    return ((frames == frames) | (frames != frames)).long()
