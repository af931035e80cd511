"""The numbers come from a generator of its own, which a changed manual_seed seeds too."""

import torch

OWN = torch.Generator()
OWN.seed()
real = torch.manual_seed


def manual_seed(seed):
    OWN.manual_seed(seed)
    return real(seed)


torch.manual_seed = torch.random.manual_seed = manual_seed


def init_lora(in_features, out_features, r):
    bound = in_features**-0.5
    a = torch.empty(r, in_features).uniform_(-bound, bound, generator=OWN)
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
