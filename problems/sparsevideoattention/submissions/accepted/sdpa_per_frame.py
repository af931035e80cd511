import torch
import torch.nn.functional as F


def sparse_video_attention(q, k, v, frames, window):
    q, k, v = (x.unflatten(2, (frames, -1)) for x in (q, k, v))
    outs = []
    for f in range(frames):
        near = slice(max(f - window, 0), min(f + window, frames - 1) + 1)
        keys, values = k[:, :, near].flatten(2, 3), v[:, :, near].flatten(2, 3)
        outs.append(F.scaled_dot_product_attention(q[:, :, f], keys, values))
    return torch.stack(outs, dim=2).flatten(2, 3)
