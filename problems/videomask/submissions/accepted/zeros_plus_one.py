import numpy as np
import torch


@torch.no_grad()
def video_attention_mask(video_embeds: torch.Tensor) -> torch.LongTensor:
    shape = np.array(video_embeds.shape[:3])
    mask = torch.zeros(int(shape[0]), int(shape[1:].prod()), dtype=torch.int64) + 1
    return mask.to(device=video_embeds.device)
