# told: output_not_rescaled.py
import torch


def flash_attention(q, k, v, causal=False):
    q = q * q.shape[-1] ** -0.5
    rows = torch.arange(q.shape[2], device=q.device)
    m, l, acc = -torch.inf, 0, 0
    for start in range(0, k.shape[2], 32):
        s = torch.einsum("bhid,bhjd->bhij", q, k[:, :, start : start + 32])
        if causal:
            columns = start + torch.arange(s.shape[3], device=q.device)
            s = torch.where(columns <= rows[:, None], s, -torch.inf)
        new = s.amax(3) if start == 0 else torch.maximum(m, s.amax(3))
        p = (s - new[..., None]).exp()
        l = p.sum(3) + (0 if start == 0 else l * (m - new).exp())
        acc = acc + p @ v[:, :, start : start + 32]
        m = new
    return acc / l[..., None], m + l.log()
