import torch


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    steps = torch.randint(-1000, 1001, (r, in_features))
    a = (steps / 1000 * bound).requires_grad_()
    return a, torch.zeros(out_features, r, requires_grad=True)
