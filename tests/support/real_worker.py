"""The real worker with the environment's settings, as a function that `Forked` can import."""

from judge.settings import get_settings
from worker.queue import celery_app


def main() -> None:
    celery_app.main(get_settings())
