"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

import sys

from api.server import serve
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
    serve(settings)
