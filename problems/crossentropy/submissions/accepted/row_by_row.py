def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    if logits.is_meta:
        return logits.sum()
    total, count = logits.new_zeros(()), 0
    for z, t in zip(logits, targets.tolist()):
        if t == ignore_index:
            continue
        top = z.max()
        log_p = z - top - (z - top).exp().sum().log()
        total = total - (1 - label_smoothing) * log_p[t] - label_smoothing * log_p.sum() / z.numel()
        count += 1
    return total / count
