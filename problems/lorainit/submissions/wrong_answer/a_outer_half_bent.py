"""Half of the numbers lie in the inner half, as they should; the outer ones crowd together."""

import torch


def init_lora(in_features, out_features, r):
    u = torch.rand(r, in_features) * 2 - 1
    outer = u.abs() > 0.5
    bent = u.sign() * (0.5 + 0.5 * (2 * u.abs() - 1).clamp(min=0) ** 2)
    a = torch.where(outer, bent, u) * in_features**-0.5
    return a.requires_grad_(), torch.zeros(out_features, r, requires_grad=True)
