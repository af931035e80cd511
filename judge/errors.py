"""Errors that a caller can mend: what is wrong, where, and what to do."""


class ShousiError(Exception):
    """Base of all errors that we raise on purpose. The message is one line, for a person."""


class NotFoundError(ShousiError):
    """No such problem, submission, user ..., or not one that the asker may see."""


class ForbiddenError(ShousiError):
    """The asker may see it, but not do that with it."""


class GoneError(ShousiError):
    """It was there, and its time is over: an invitation that has expired, was revoked or used."""


class ConflictError(ShousiError):
    """It contradicts what is stored: a name that is taken, a key used for something else."""


class InvalidError(ShousiError):
    """The input is wrong; `field` names which part of it."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooLongError(InvalidError):
    """More than is taken."""


class UnavailableError(ShousiError):
    """We can't store or do it now; the same call may succeed later."""


class TooManyError(ShousiError):
    """Too much at a time from one user; again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
