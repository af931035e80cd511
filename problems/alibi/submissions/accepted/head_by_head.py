import torch


def alibi_attention(q, k, v):
    b, heads, s, d = q.shape
    power = 1
    while power * 2 <= heads:
        power *= 2
    position = torch.arange(s, device=q.device)
    distance = (position.unsqueeze(1) - position.unsqueeze(0)).to(q.dtype)
    out = []
    for n in range(heads):
        exponent = -8 * (n + 1) / power if n < power else -8 * (2 * (n - power) + 1) / (2 * power)
        scores = torch.bmm(q[:, n], k[:, n].mT) / d**0.5 - 2**exponent * distance
        scores = torch.where(distance < 0, -torch.inf, scores)
        out.append(torch.bmm(torch.softmax(scores, -1), v[:, n]))
    return torch.stack(out, 1)
