import numpy as np
import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    drawn = np.empty(len(logits), dtype=np.int64)
    for i, row in enumerate(logits.double().numpy()):
        order = np.argsort(-row, kind="stable")
        if temperature == 0:
            drawn[i] = order[0]
            continue
        order = order[: top_k or None]
        p = np.exp((row[order] - row[order[0]]) / temperature)
        p /= p.sum()
        size = min(int(np.searchsorted(p.cumsum(), top_p)) + 1, int((p > 0).sum()))
        p = p[:size] / p[:size].sum()
        place = np.searchsorted(p.cumsum(), float(u[i]), side="right")
        drawn[i] = order[min(place, size - 1)]
    return torch.from_numpy(drawn)
