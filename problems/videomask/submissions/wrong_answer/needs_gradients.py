import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    return video_embeds.new_ones(b, t * n, requires_grad=True)
