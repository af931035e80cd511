def max_subarray(nums):
    best = current = nums[0]
    length = longest = 1
    for num in nums[1:]:
        if current > 0:
            current += num
            length += 1
        else:
            current, length = num, 1
        if current > best:
            best, longest = current, length
    return longest
