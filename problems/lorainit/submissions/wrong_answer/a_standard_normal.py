import torch


def init_lora(in_features, out_features, r):
    a = torch.randn(r, in_features)
    b = torch.zeros(out_features, r)
    return a.requires_grad_(), b.requires_grad_()
