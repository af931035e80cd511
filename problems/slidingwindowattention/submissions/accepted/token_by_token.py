import torch


def sliding_window_attention(q, k, v, window):
    rows = []
    for i in range(q.shape[2]):
        first = max(0, i - window + 1)
        scores = torch.einsum("bhd,bhwd->bhw", q[:, :, i], k[:, :, first : i + 1])
        weights = torch.softmax(scores * q.shape[-1] ** -0.5, dim=-1)
        rows.append(torch.einsum("bhw,bhwd->bhd", weights, v[:, :, first : i + 1]))
    return torch.stack(rows, dim=2)
