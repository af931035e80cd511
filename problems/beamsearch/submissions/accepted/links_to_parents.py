import torch


def beam_search(step, prompt, beam_size, max_new_tokens, eos, alpha=1.0):
    """Keeps for each step who came from whom, and follows the links back from the best."""
    history = [prompt[None]]
    sums = None
    links = []
    best = None
    for depth in range(max_new_tokens):
        p = step(history[-1]).log_softmax(1)
        total = p if sums is None else p + sums.view(-1, 1)
        values, order = total.reshape(-1).sort(descending=True, stable=True)
        values, order = values[:beam_size], order[:beam_size]
        parent = torch.div(order, p.size(1), rounding_mode="floor")
        token = order.remainder(p.size(1))
        links.append((parent, token))
        going = token.ne(eos)
        for i in range(len(token)):
            if going[i] and depth + 1 < max_new_tokens:
                continue
            score = values[i] / (depth + 1) ** alpha
            if best is None or score > best[0]:
                best = score, depth, i
        keep = going.nonzero().view(-1)
        if len(keep) == 0:
            break
        history.append(torch.cat((history[-1][parent[keep]], token[keep, None]), dim=1))
        sums = values[keep]
        links[-1] = (parent, token, keep)
    score, depth, i = best
    tokens = []
    while depth >= 0:
        parent, token = links[depth][:2]
        tokens.append(int(token[i]))
        depth -= 1
        if depth >= 0:
            i = int(links[depth][2][parent[i]])
    return torch.tensor(tokens[::-1]), score
