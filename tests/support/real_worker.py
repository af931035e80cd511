"""The real worker with the environment's settings, for `Forked`, which finds it by its name."""

from judge.settings import get_settings
from worker.queue import celery_app


def main() -> None:
    celery_app.main(get_settings())
