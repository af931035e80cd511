import torch


def init_lora(in_features, out_features, r):
    a = torch.empty(in_features, r).uniform_(-1, 1).div_(in_features**0.5).t()
    b = torch.zeros(r, out_features).t()
    return a.requires_grad_(), b.requires_grad_()
