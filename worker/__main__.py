"""`python -m worker`: a worker, with the environment's settings, until SIGINT or SIGTERM.

Further arguments are Celery's.
"""

import sys

from judge.errors import ShousiError
from judge.settings import get_settings
from judge.startup import check_broker, check_database

if __name__ == "__main__":
    try:
        settings = get_settings()
        check_broker(settings, must_answer=True)
        check_database(settings, is_current=True)
    except (ShousiError, OSError) as error:
        sys.exit(f"shousi: {error}")
    # Loading the rest takes seconds: what is wrong with the settings is told before.
    from worker.queue.celery_app import main

    main(settings, sys.argv[1:])
