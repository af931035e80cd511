"""Errors raised on purpose: each says what is wrong, where, and what to do."""


class ShousiError(Exception):
    """Base of all errors that we raise on purpose. The message is one line, for a person."""


class NotFoundError(ShousiError):
    """There is no such problem, submission, user, ..., or the caller may not see it."""


class ForbiddenError(ShousiError):
    """The caller may see the object, but not do this with it."""


class GoneError(ShousiError):
    """The object existed, but is expired, revoked or already used: e.g. an invitation."""


class ConflictError(ShousiError):
    """The call contradicts stored data: a name is taken, or a key was used for something else."""


class InterviewError(ShousiError):
    """A mock interview does not allow this now: by its clock, or because another one is running."""


class InvalidError(ShousiError):
    """The input is wrong; `field` names the wrong part of it."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TooLongError(InvalidError):
    """The input is longer than the limit."""


class UnavailableError(ShousiError):
    """The database, the broker or a worker is not available; the same call may succeed later."""


class TooManyError(ShousiError):
    """One user asks for too much at once. Try again after `retry_after_s` seconds."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
