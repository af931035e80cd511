from torch.utils.data import DataLoader


def solve(n):
    return len(list(DataLoader([1, 2], num_workers=0))) + 40
