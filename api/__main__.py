"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

from api.server import serve
from judge.settings import get_settings

if __name__ == "__main__":
    serve(get_settings())
