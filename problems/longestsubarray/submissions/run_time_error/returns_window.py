def longest_subarray(s, nums):
    first = last = left = total = 0
    for right, num in enumerate(nums):
        total += num
        while total > s:
            total -= nums[left]
            left += 1
        if right + 1 - left > last - first:
            first, last = left, right + 1
    return nums[first:last]
