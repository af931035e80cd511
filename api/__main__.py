"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

import sys

from judge.errors import ShousiError
from judge.settings import get_settings
from judge.startup import check_broker, check_database

if __name__ == "__main__":
    try:
        settings = get_settings()
        check_broker(settings, must_answer=False)
        check_database(settings, is_current=False)
    except (ShousiError, OSError) as error:
        sys.exit(f"shousi: {error}")
    # Loading the rest takes seconds: what is wrong with the settings is told before.
    from api.server import serve

    serve(settings)
