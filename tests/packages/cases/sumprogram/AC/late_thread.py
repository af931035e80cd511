import sys
import threading

numbers = list(map(int, sys.stdin.read().split()))[1:]

threading.Thread(target=lambda: print(sum(numbers))).start()
