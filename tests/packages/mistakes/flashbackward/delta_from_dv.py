# told: none
import torch


@torch.no_grad()
def flash_attention_backward(q, k, v, o, lse, grad_o, causal=False):
    do = grad_o
    scale = 1.0 / q.shape[-1] ** 0.5
    Di = torch.sum(o * do, (1, -1), keepdim=True).expand(-1, q.shape[1], -1, -1)
    dq, dk, dv = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
    Tr, Tc = 48, 40
    for c in range(0, k.shape[2], Tc):
        for r in range(0, q.shape[2], Tr):
            if causal and c > min(r + Tr, q.shape[2]) - 1:
                continue
            S = (q[:, :, r:r+Tr] @ k[:, :, c:c+Tc].transpose(-2, -1)) * scale
            if causal:
                rr = r + torch.arange(S.shape[-2], device=q.device)[:, None]
                cc = c + torch.arange(S.shape[-1], device=q.device)[None]
                S[..., :, :] = S.masked_fill(cc > rr, -float("inf"))
            P = torch.exp(S - lse[:, :, r:r+Tr, None])
            dO = do[:, :, r:r+Tr]
            dv[:, :, c:c+Tc] += P.transpose(-2, -1) @ dO
            dS = P * (dO @ v[:, :, c:c+Tc].transpose(-2, -1) - Di[:, :, r:r+Tr])
            dq[:, :, r:r+Tr] += dS @ k[:, :, c:c+Tc] * scale
            dk[:, :, c:c+Tc] += dS.transpose(-2, -1) @ q[:, :, r:r+Tr] * scale
    return dq, dk, dv
