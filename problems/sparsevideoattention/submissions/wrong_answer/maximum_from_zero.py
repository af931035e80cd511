import torch


def sparse_video_attention(q, k, v, frames, window):
    n = q.shape[2] // frames
    outs = []
    for frame in range(frames):
        own = q[:, :, frame * n : (frame + 1) * n] * q.shape[3] ** -0.5
        best = torch.zeros_like(own[..., :1])
        total, out = torch.zeros_like(best), torch.zeros_like(own)
        for other in range(max(0, frame - window), min(frames, frame + window + 1)):
            there = slice(other * n, (other + 1) * n)
            scores = own @ k[:, :, there].mT
            higher = torch.maximum(best, scores.amax(-1, keepdim=True)).detach()
            fade, parts = (best - higher).exp(), (scores - higher).exp()
            total = total * fade + parts.sum(-1, keepdim=True)
            out = out * fade + parts @ v[:, :, there]
            best = higher
        outs.append(out / total)
    return torch.cat(outs, dim=2)
