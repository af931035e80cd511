"""`python -m worker`: runs a worker, with the environment's settings, until SIGINT or SIGTERM.

Further arguments are passed to Celery.
"""

import gc
import sys

from judge.startup import checked_settings

if __name__ == "__main__":
    settings = checked_settings(strictly=True)
    # Imported after the check: loading takes seconds, and errors in the settings come first. Nearly
    # all objects that it makes stay, and collecting garbage would take a fifth of that time.
    gc.disable()  # `main` enables it
    from worker.queue.celery_app import main

    main(settings, sys.argv[1:])
