import threading
import time


def late():
    time.sleep(0.05)
    print(42)


threading.Thread(target=late).start()
