"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

import gc

from judge.startup import checked_settings

if __name__ == "__main__":
    settings = checked_settings(strictly=False)
    # Loading the rest takes seconds: what is wrong with the settings is told before. Nearly all
    # objects that it makes stay, and looking for garbage among them took a fifth of that time.
    gc.disable()  # `serve` enables it
    from api.server import serve

    serve(settings)
