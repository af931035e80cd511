import torch
import torch.nn.functional as F


def sparse_video_attention(q, k, v, frames, window):
    """All frames at once: each gets its 2w + 1 neighbours; those beyond the ends are masked."""
    b, h, tokens, d = q.shape
    n = tokens // frames
    window = min(window, frames - 1)
    near = 2 * window + 1

    def neighbours(x):
        padded = F.pad(x, (0, 0, window * n, window * n))
        return padded.unfold(2, near * n, n).transpose(-2, -1)  # (b, h, frames, near * n, d)

    place = torch.arange(frames, device=q.device)[:, None] + torch.arange(near, device=q.device)
    outside = (place < window) | (place >= frames + window)
    outside = outside.repeat_interleave(n, dim=1)[:, None]
    scores = q.reshape(b, h, frames, n, d) @ neighbours(k).mT / d**0.5
    weights = scores.masked_fill(outside, float("-inf")).softmax(dim=-1)
    return (weights @ neighbours(v)).reshape(b, h, tokens, d)
