import asyncio


async def add(n):
    await asyncio.sleep(0.001)
    return n + 1


def solve(n):
    return asyncio.run(add(n))
