import torch


def sparse_video_attention(q, k, v, frames, window):
    """Walks over the distances and keeps a running maximum and sum, as flash attention does."""
    q, k, v = (x.unflatten(2, (frames, -1)) for x in (q, k, v))
    q = q * q.shape[-1] ** -0.5
    top = torch.full_like(q[..., :1], float("-inf"))
    total, out = torch.zeros_like(top), torch.zeros_like(q)
    for distance in range(-min(window, frames - 1), min(window, frames - 1) + 1):
        here = slice(max(0, -distance), frames - max(0, distance))
        there = slice(max(0, distance), frames - max(0, -distance))
        scores = q[:, :, here] @ k[:, :, there].mT
        best = torch.maximum(top[:, :, here], scores.amax(-1, keepdim=True)).detach()
        parts = (scores - best).exp()
        fade = (top[:, :, here] - best).exp()
        new_total = total[:, :, here] * fade + parts.sum(-1, keepdim=True)
        new_out = out[:, :, here] * fade + parts @ v[:, :, there]
        top = top.slice_scatter(best, 2, here.start, here.stop)
        total = total.slice_scatter(new_total, 2, here.start, here.stop)
        out = out.slice_scatter(new_out, 2, here.start, here.stop)
    return (out / total).flatten(2, 3)
