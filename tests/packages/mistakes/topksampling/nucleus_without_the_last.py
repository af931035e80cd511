# told: p_stops_before_it_is_reached.py
import torch


def sample(logits, u, temperature=1.0, top_k=0, top_p=1.0):
    result = []
    for row, number in zip(logits, u):
        order = torch.argsort(row, descending=True, stable=True)
        if temperature == 0:
            result.append(order[0])
            continue
        order = order[:top_k] if top_k else order
        p = torch.softmax(row[order] / temperature, 0)
        inside = torch.cumsum(p, 0) <= top_p
        inside[0] = True
        if top_p == 1:
            inside[:] = True
        p = torch.where(inside, p, 0)
        place = int((torch.cumsum(p / p.sum(), 0) <= number).sum())
        result.append(order[min(place, int((p > 0).sum()) - 1)])
    return torch.stack(result)
