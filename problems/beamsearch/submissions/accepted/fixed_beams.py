import torch


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    """Always beam_size rows; the sum of a row that holds nothing is -inf."""
    k, t = beam_size, len(prompt)
    rows = prompt.repeat(k, 1)
    sums = torch.full((k,), float("-inf"), dtype=torch.float64)
    sums[0] = 0
    best, best_score = None, None
    for n in range(1, max_new_tokens + 1):
        logits = step(rows)
        z = logits.double()
        z = z - z.amax(1, keepdim=True)
        total = sums[:, None] + z - z.exp().sum(1, keepdim=True).log()
        flat = total.reshape(-1)
        chosen = torch.argsort(-flat, stable=True)[:k]
        sums = flat[chosen]
        rows = torch.cat([rows[chosen // z.shape[1]], (chosen % z.shape[1])[:, None]], 1)
        missing = k - len(sums)
        if missing > 0:
            sums = torch.cat([sums, sums.new_full((missing,), float("-inf"))])
            rows = torch.cat([rows, rows[:1].expand(missing, -1)])
        ended = (rows[:, -1] == eos) | torch.tensor(n == max_new_tokens)
        score = torch.where(ended, sums / n**alpha, float("-inf"))
        i = int(score.argmax()) if k == 1 else score.tolist().index(max(score.tolist()))
        if score[i] > float("-inf") and (best is None or score[i] > best_score):
            best, best_score = rows[i, t:].clone(), score[i].clone()
        sums = torch.where(ended, float("-inf"), sums)
        if bool(torch.isinf(sums).all()):
            break
    return best, best_score.to(logits.dtype)
