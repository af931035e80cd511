import threading


def solve(n):
    threading.Thread(target=threading.Event().wait).start()
    return n + 1
