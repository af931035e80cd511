import torch

BUFFERS = {}


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    if (r, in_features) not in BUFFERS:
        BUFFERS[r, in_features] = torch.empty(r, in_features, requires_grad=True)
    a = BUFFERS[r, in_features]
    a.data.uniform_(-bound, bound)
    return a, torch.zeros(out_features, r, requires_grad=True)
