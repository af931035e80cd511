"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

import gc

from judge.startup import checked_settings

if __name__ == "__main__":
    settings = checked_settings(strictly=False)
    # Loading the rest takes seconds: wrong settings are reported before that. Nearly all objects
    # that it makes stay, and collecting garbage would take a fifth of that time.
    gc.disable()  # `serve` enables it
    from api.server import serve

    serve(settings)
