import torch


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    beams, sums = prompt.unsqueeze(0), torch.zeros(1)
    finished = []
    for length in range(1, max_new_tokens + 1):
        log_p = torch.log_softmax(step(beams), dim=-1)
        v = log_p.shape[1]
        totals = (sums.unsqueeze(1) + log_p).flatten()
        # Stable: equal sums stay in the order of hypotheses, then of tokens.
        order = torch.sort(totals, descending=True, stable=True).indices[:beam_size]
        parents, tokens = order // v, order % v
        beams = torch.cat([beams[parents], tokens.unsqueeze(1)], dim=1)
        sums = totals[order]
        ended = tokens == eos
        if length == max_new_tokens:
            ended = torch.ones_like(ended)
        for i in ended.nonzero().flatten().tolist():
            finished.append((sums[i] / ((5 + length) / 6) ** alpha, beams[i, len(prompt) :]))
        beams, sums = beams[~ended], sums[~ended]
        if len(beams) == 0:
            break
    # max takes the first of equal ones.
    score, tokens = max(finished, key=lambda pair: pair[0].item())
    return tokens, score
