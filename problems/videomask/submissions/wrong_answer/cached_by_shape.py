from functools import cache

import torch


@cache
def ones(rows, columns):
    return torch.ones(rows, columns, dtype=torch.long)


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    return ones(b, t * n)
