import torch


def video_attention_mask(video_embeds):
    b, t, n, _ = video_embeds.shape
    return torch.tensor([[1] * (t * n)] * b, device=video_embeds.device)
