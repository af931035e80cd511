import random


def kth_largest(k, nums):
    """Places from the greatest; the pivot's equals end up on both sides."""
    low, high = 0, len(nums) - 1
    while low < high:
        pivot = nums[random.randint(low, high)]
        i, j = low, high
        while i <= j:
            while nums[i] > pivot:
                i += 1
            while nums[j] < pivot:
                j -= 1
            if i <= j:
                nums[i], nums[j] = nums[j], nums[i]
                i, j = i + 1, j - 1
        if k - 1 <= j:
            high = j
        elif k - 1 >= i:
            low = i
        else:
            break
    return nums[k - 1]
