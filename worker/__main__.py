"""`python -m worker`: a worker, with the environment's settings, until SIGINT or SIGTERM.

Further arguments are Celery's.
"""

import sys

from judge.startup import checked_settings

if __name__ == "__main__":
    settings = checked_settings(strictly=True)
    # Loading the rest takes seconds: what is wrong with the settings is told before.
    from worker.queue.celery_app import main

    main(settings, sys.argv[1:])
