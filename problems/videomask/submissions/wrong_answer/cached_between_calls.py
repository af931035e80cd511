import torch

MASKS = []


def video_attention_mask(video_embeds):
    b, t, n, d = video_embeds.shape
    if not MASKS:
        MASKS.append(torch.ones(b, t * n, dtype=torch.long, device=video_embeds.device))
    return MASKS[0]
