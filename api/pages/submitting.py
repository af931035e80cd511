"""The form beside a statement: submit, or run on the samples or on the user's own input.

Typed text is never lost: after any error, the same page comes back with it.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api import error_types as kinds
from api.access import visible_submission
from api.auth import check_origin
from api.errors import ProblemError, problem_of
from api.form_tokens import FIELD, FormTokens
from api.pages.error_pages import complaint, with_headers
from api.pages.paging import Slug
from api.pages.panel import read_panel
from api.pages.preferences import reader_of
from api.pages.problems import Editor, address_of, problem_page
from api.pages.quizzes import ANSWER, source_of
from api.pages.rendering import asks_for_part, render
from api.pages.viewer import Viewer
from api.pages.withdrawn import withdrawn_page
from api.services import Ctx, Services
from api.sessions import begin_session, new_guest, sign_in, sign_up
from api.submitting import submit
from judge.accounts.users import Principal, Scope, User
from judge.errors import ShousiError
from judge.problems.views import ProblemView, read_problem
from judge.states import Purpose

router = APIRouter(include_in_schema=False)

# More than the default limit of a body, so that a source that is too long gets our own error.
_LONGEST_FIELD = 1 << 20
Text = Annotated[str, Form(max_length=_LONGEST_FIELD)]
Short = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Sent:
    """The sent form. `account` is what a visitor chose: `new` (sign up), `mine` (sign in), else
    guest. `drawn_for` is the name of the user who was signed in when the page was drawn,
    `from_home` whether that page was the front page. `once` is random, new for each drawn page."""

    form_token: str
    language: str
    source: str
    own_input: str
    runs_own_input: bool
    account: str
    name: str
    password: str
    drawn_for: str
    once: str
    from_home: bool


async def _sent(
    form_token: Annotated[str, Form(alias=FIELD, max_length=200)] = "",
    language: Short = "",
    source: Text = "",
    own_input: Annotated[str, Form(alias="input", max_length=_LONGEST_FIELD)] = "",
    on: Short = "",
    account: Short = "",
    name: Short = "",
    password: Annotated[str, Form(max_length=4000)] = "",
    drawn_for: Short = "",
    once: Annotated[str, Form(max_length=100)] = "",
    page: Short = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Sent:
    if file is not None and file.filename:
        # Bytes that are not UTF-8 become U+FFFD, in the shown source as for the compiler.
        source = (await file.read()).decode("utf-8", "replace")
    return Sent(
        form_token,
        language,
        _unix(source),
        _unix(own_input),
        on == "input",
        account,
        name,
        password,
        drawn_for,
        once,
        page == "home",
    )


def _unix(text: str) -> str:
    """Replace CR LF, with which browsers end the lines of a text area, by LF."""
    return text.replace("\r\n", "\n")


Solution = Annotated[Sent, Depends(_sent)]


@router.post("/problems/{slug}/submissions")
async def use_submit(
    request: Request, ctx: Ctx, viewer: Viewer, slug: Slug, sent: Solution
) -> Response:
    """Judge the source on all tests; the submission's page shows the verdict."""
    return await _take(request, ctx, viewer, slug, sent, Purpose.SUBMISSION)


@router.post("/problems/{slug}/runs")
async def use_run(
    request: Request, ctx: Ctx, viewer: Viewer, slug: Slug, sent: Solution
) -> Response:
    """Run the source on the samples or on the user's own input; a run counts nowhere."""
    return await _take(request, ctx, viewer, slug, sent, Purpose.RUN)


async def _take(
    request: Request,
    ctx: Services,
    viewer: Principal | None,
    slug: str,
    sent: Sent,
    purpose: Purpose,
) -> Response:
    # A form from another site is refused before its content is shown again.
    check_origin(request, missing_is_fine=True)
    problem = await run_in_threadpool(read_problem, ctx.db, slug)
    if problem is None:
        return await _not_offered(request, ctx, viewer, slug, sent)
    user: User | None = None
    try:
        if problem.questions and not sent.source:
            questions = [one.question for one in problem.questions]
            source, error = source_of(questions, await request.form())
            # If one answer is wrong, the form comes back with all of them.
            sent = replace(sent, source=source)
            if error is not None:
                raise error
        _check_session(viewer, sent)
        # Checked here and not before the route, so that an outdated form keeps its content.
        FormTokens(ctx.form_key).check(request, sent.form_token)
        if viewer is None:
            user = await run_in_threadpool(_account, request, ctx, sent)
            # The session begins below, when there is an answer that can set the cookie.
            viewer = Principal(user, "", frozenset({Scope.SUBMIT}))
        submitted = await submit(
            request,
            ctx,
            viewer,
            slug,
            language=sent.language,
            source=sent.source,
            own_input=sent.own_input if sent.runs_own_input else None,
            purpose=purpose,
            key=_key(request, sent, purpose),
        )
    except (ProblemError, ShousiError) as error:
        refusal = error if isinstance(error, ProblemError) else problem_of(error)
        answer = await run_in_threadpool(
            _refused, request, ctx, viewer, problem, sent, refusal, user is not None
        )
    else:
        answer = await run_in_threadpool(_taken, request, ctx, viewer, sent, submitted.id, user)
    if user is not None:
        # Even if the source was refused: the account exists, and its name is taken.
        await run_in_threadpool(begin_session, request, ctx, user, answer)
    return answer


def _check_session(viewer: Principal | None, sent: Sent) -> None:
    # A user whose session has ended since the page was drawn must not become a guest unnoticed.
    if viewer is None and sent.drawn_for and not sent.account:
        raise ProblemError(
            kinds.NOT_SIGNED_IN, "You are not signed in any more: your session has ended."
        )


def _key(request: Request, sent: Sent, purpose: Purpose) -> str | None:
    """Return the idempotency key of a form that a browser may send twice by accident: a double
    click, or "back" and submit. A script sends the form only on purpose, so that there is no key:
    None.
    """
    if asks_for_part(request) or not sent.once:
        return None
    held = (sent.once, sent.language, sent.source, sent.own_input, sent.runs_own_input, purpose)
    return f"page-{hashlib.sha256(repr(held).encode()).hexdigest()}"


async def _not_offered(
    request: Request, ctx: Services, viewer: Principal | None, slug: str, sent: Sent
) -> Response:
    """The answer if the problem was withdrawn while its page was open."""
    if not asks_for_part(request):
        # A quiz's answers as plain text; its questions can't be read any more.
        answers = [
            f"{name.removeprefix(ANSWER)}: {value}\n"
            for name, value in (await request.form()).multi_items()
            if name.startswith(ANSWER) and value
        ]
        unsent = sent.source or "".join(answers)
        return await run_in_threadpool(withdrawn_page, request, ctx, viewer, slug, unsent)
    return complaint(
        request,
        ProblemError(
            kinds.NOT_FOUND,
            "This problem is not offered any more, and nothing was sent. Copy your code if you "
            "want to keep it.",
        ),
    )


def _refused(
    request: Request,
    ctx: Services,
    viewer: Principal | None,
    problem: ProblemView,
    sent: Sent,
    refusal: ProblemError,
    newly_signed_in: bool,
) -> Response:
    # A user who has just signed in needs the whole page, with the forms of the new session.
    if asks_for_part(request) and not newly_signed_in:
        # The front page stores no draft: opening it again would lose the typed text.
        again = not sent.from_home and refusal.kind in (kinds.NOT_SIGNED_IN, kinds.FORBIDDEN)
        back = address_of(problem.slug, sent.language) if again else ""
        return complaint(request, refusal, back)
    editor = Editor(
        sent.language,
        sent.source,
        sent.own_input,
        refusal.detail,
        refusal.headers.get("Retry-After"),
        shows="typed",
        asks_who=refusal.kind is kinds.NOT_SIGNED_IN,
    )
    answer = problem_page(request, ctx, viewer, problem, editor, status=refusal.kind.status)
    return with_headers(answer, refusal)


def _taken(
    request: Request, ctx: Services, viewer: Principal, sent: Sent, id: str, newly: User | None
) -> Response:
    """Answer with the submission's page, or with the panel alone if a script asks for it."""
    # By a redirect, so that a reload doesn't submit again.
    if not asks_for_part(request):
        return RedirectResponse(f"/submissions/{id}", 303)
    view = visible_submission(ctx.db, viewer, id)
    page = "/" if sent.from_home else f"/problems/{quote(view.problem)}"
    if newly is not None:
        # Load the whole page, with the name and the forms of the new session.
        return Response(headers={"HX-Redirect": f"{page}?submission={id}"})
    panel = read_panel(ctx, viewer, view, reader_of(request))
    answer = render(request, "live-fragment.html", panel=panel, details=True)
    # A reload shows the same submission, beside what is in the editor by then.
    shown = "submission" if sent.from_home else "result"
    answer.headers["HX-Replace-Url"] = f"{page}?{shown}={id}"
    return answer


def _account(request: Request, ctx: Services, sent: Sent) -> User:
    """Return a visitor's user: by the name and the password under the editor, or a new guest."""
    if sent.account == "new":
        return sign_up(request, ctx, sent.name, sent.password, None)
    if sent.account == "mine":
        return sign_in(request, ctx, sent.name, sent.password)
    if ctx.settings.guests_open:
        return new_guest(request, ctx)
    raise ProblemError(kinds.NOT_SIGNED_IN, "You are not signed in.")
