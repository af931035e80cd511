import threading, time
held = 0
threading.stack_size(1 << 16)
try:
    while True:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        held += 1
except RuntimeError:
    pass
