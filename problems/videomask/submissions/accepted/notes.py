import einops
import torch


def video_attention_mask(video_embeds):
    mask = torch.ones(video_embeds.size()[:-1], dtype=torch.long, device=video_embeds.device)
    return einops.rearrange(mask, "b t n -> b (t n)")
