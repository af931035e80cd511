import torch
import torch.nn.functional as F


def sparse_video_attention(q, k, v, frames, window):
    """Frames of zeros are put around the video, and take part in the softmax."""
    window = min(window, frames - 1)
    n = q.shape[2] // frames
    k, v = (F.pad(x, (0, 0, window * n, window * n)) for x in (k, v))
    outs = []
    for frame in range(frames):
        keys = slice(frame * n, (frame + 2 * window + 1) * n)
        scores = q[:, :, frame * n : (frame + 1) * n] @ k[:, :, keys].mT / q.shape[-1] ** 0.5
        outs.append(scores.softmax(dim=-1) @ v[:, :, keys])
    return torch.cat(outs, dim=2)
