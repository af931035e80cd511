import torch


def sparse_video_attention(q, k, v, frames, window):
    outs = []
    for i in range(q.shape[2]):
        keys = slice(max(0, i - window), i + window + 1)
        scores = q[:, :, i : i + 1] @ k[:, :, keys].mT / q.shape[-1] ** 0.5
        outs.append(scores.softmax(dim=-1) @ v[:, :, keys])
    return torch.cat(outs, dim=2)
