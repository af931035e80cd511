"""`python -m api`: the HTTP process, with the environment's settings, until SIGINT or SIGTERM."""

from judge.startup import checked_settings

if __name__ == "__main__":
    settings = checked_settings(strictly=False)
    # Loading the rest takes seconds: what is wrong with the settings is told before.
    from api.server import serve

    serve(settings)
