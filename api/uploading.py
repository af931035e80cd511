"""Receive and store an uploaded package.

The body is written to a temporary file as it arrives, and then as a whole to the database: an
interrupted upload leaves nothing, and this process never holds a package in memory. Routes check
the user before they call this.
"""

from collections.abc import Callable
from functools import partial

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from api import error_types as kinds
from api.errors import ProblemError, field_problem
from api.services import Services
from judge import queue
from judge.accounts.users import Principal
from judge.uploads import lifecycle as uploads

MULTIPART = "multipart/form-data"


async def store_upload(
    request: Request,
    ctx: Services,
    admin: Principal,
    *,
    dry_run: bool,
    check: Callable[[FormData], None] = lambda _: None,
) -> str:
    """Store the file `package` of the multipart body, enqueue its check, and return the upload's
    id.

    `check` may refuse the form before anything is stored. Raises ProblemError if the body is not
    such a form or was interrupted.
    """
    sent = request.headers.get("content-type", "none")
    if sent.partition(";")[0].strip().lower() != MULTIPART:
        detail = f"Send `Content-Type: {MULTIPART}` with the file `package`; it was {sent[:100]!r}."
        raise ProblemError(kinds.UNSUPPORTED_MEDIA_TYPE, detail)
    try:
        # Read here, because the framework would read the form before it checks the user.
        # Only one file and one field, the CSRF token, are accepted.
        async with request.form(max_files=1, max_fields=1) as form:
            check(form)
            package = form.get("package")
            if not isinstance(package, UploadFile) or not package.size:
                hint = "Send the archive as the file `package` of a multipart form."
                raise field_problem(kinds.INVALID, "package", hint)
            store = partial(
                uploads.store,
                ctx.db,
                user_id=admin.user_id,
                file_name=package.filename or "",
                dry_run=dry_run,
                archive=package.file,
            )
            upload_id = await run_in_threadpool(store)
    except ClientDisconnect as gone:
        raise ProblemError(kinds.BAD_REQUEST, "The upload was cut off.") from gone
    except UnicodeError as error:  # the form may name an encoding that can't decode its fields
        raise ProblemError(kinds.BAD_REQUEST, "Write the form's fields in UTF-8.") from error
    # Sent after the commit: the message is only a hint that the row exists.
    await run_in_threadpool(queue.enqueue_chores, ctx.settings)
    return upload_id
