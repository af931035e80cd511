# A gigabyte of stacks is asked for, and none of it touched.
import threading

threading.stack_size(256 << 20)
try:
    for _ in range(4):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
except RuntimeError:
    pass
print(42)
