import math

import numpy as np
import torch


def init_lora(in_features, out_features, r):
    bound = 1 / math.sqrt(in_features)
    a = torch.from_numpy(np.random.uniform(-bound, bound, (r, in_features))).float()
    b = torch.zeros(out_features, r)
    return a.requires_grad_(), b.requires_grad_()
