"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

from api.server import make_server
from judge.settings import get_settings

if __name__ == "__main__":
    make_server(get_settings()).run()
