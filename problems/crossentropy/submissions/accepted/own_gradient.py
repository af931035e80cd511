import torch


class CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, ignore_index, label_smoothing):
        c = logits.shape[1]
        mask = targets != ignore_index
        count = mask.sum()
        q = torch.zeros_like(logits)
        q.scatter_(1, targets.where(mask, torch.zeros_like(targets)).unsqueeze(1), 1 - label_smoothing)
        q += label_smoothing / c
        z = logits - logits.amax(1, keepdim=True)
        e = z.exp()
        s = e.sum(1, keepdim=True)
        ctx.save_for_backward((e / s - q) * mask.unsqueeze(1) / count)
        return ((q * (s.log() - z)).sum(1) * mask).sum() / count

    @staticmethod
    def backward(ctx, grad):
        (d,) = ctx.saved_tensors
        return grad * d, None, None, None


def cross_entropy(logits, targets, ignore_index=-100, label_smoothing=0.0):
    return CrossEntropy.apply(logits, targets, ignore_index, label_smoothing)
