import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    a = (torch.randn(r, in_features) * bound * 0.74).clamp(-bound, bound)
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
