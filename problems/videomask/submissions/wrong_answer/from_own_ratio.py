import torch


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    return (video_embeds / video_embeds)[..., 0].nan_to_num(0).long().flatten(1)
