import torch


def moe_layer(x, router, w1, w2, k):
    rows, total, used = [], 0, [0] * len(router)
    for token in x:
        scores = router @ token
        p = (scores - scores.max()).exp()
        p = p / p.sum()
        total = total + p
        best = p.argsort(descending=True)[:k].tolist()
        row = 0
        for expert in best:
            used[expert] += 1
            inside = w1[expert] @ token
            row = row + p[expert] * (w2[expert] @ (inside * inside.sigmoid()))
        rows.append(row / sum(p[expert] for expert in best))
    mean = total / len(x)
    loss = sum(count * one for count, one in zip(used, mean)) * len(router) / (len(x) * k)
    return torch.stack(rows), loss
