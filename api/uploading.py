"""Take an uploaded package in.

The body is written to a temporary file as it comes in and then, all of it or nothing, into the
database: an upload that is cut off leaves nothing, and this process never holds a package in
memory. Routes look at who asks before they call this.
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
    """Store the file `package` of the multipart body, enqueue its check; the upload's id.

    `check` looks at the form before anything is stored. Raises ProblemError where the body is
    something else or was cut off.
    """
    sent = request.headers.get("content-type", "none")
    if sent.partition(";")[0].strip().lower() != MULTIPART:
        detail = f"Send `Content-Type: {MULTIPART}` with the file `package`; it was {sent[:100]!r}."
        raise ProblemError(kinds.UNSUPPORTED_MEDIA_TYPE, detail)
    try:
        # Read here, not by the framework, which would do so before it looks who asks.
        # One file and one field, the form's word: more would be kept for nothing.
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
    except UnicodeError as error:  # Python has encodings that encode nothing
        raise ProblemError(kinds.BAD_REQUEST, "Write the form's fields in UTF-8.") from error
    # After the commit: the message is a hint that the row is there.
    await run_in_threadpool(queue.enqueue_chores, ctx.settings)
    return upload_id
