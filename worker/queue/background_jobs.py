"""The Celery task for background jobs ("chores"): runs them, one at a time, while no user waits.

A worker has one process more than it needs for judging, and only one process at a time does chores
(`Slot`). Before each test of a chore it checks whether a user waits for a verdict, and if so pauses
for up to `_pause_s`: so a verdict is delayed by at most one test, and a chore ends even if the
queue is never empty. The sender of a package waits for its upload's chore, too; a user with a wrong
answer may hope for a diagnosis; no user waits for the mutants.

If a process is killed at any moment, the row goes back as a judging's does (see
`worker.queue.tasks`), and the chore is repeated from its beginning, or from the first mutant whose
failure isn't stored. When the worker is told to stop, or a more urgent chore waits, the chore is
put back at once.
"""

import fcntl
import mmap
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Self

import structlog

from judge import background_jobs
from judge.background_jobs import ChoreClaim, ChoreKind
from judge.errors import ShousiError, UnavailableError
from judge.job import JudgeJob
from judge.labels import missing_of, served_with
from judge.mistakes import bundled, mutants
from judge.mistakes.failures import Failure
from judge.problem_package.complaints import PackageComplaint
from judge.queue import enqueue_chores
from judge.submissions import lifecycle as submissions
from judge.submissions.jobs import NamedJudging, load_job
from judge.uploads import lifecycle as uploads
from judge.uploads.outcome import UploadReport, refusal
from judge.workers import labels_alive
from worker.judging.ahead import NoSpareCores
from worker.judging.diagnosis import Observer, diagnose, settled
from worker.judging.judging import Judged, TestDone
from worker.packages.upload_check import CheckEvent, Read, Refused, Sound, public
from worker.packages.verification import Progress, SubmissionChecked
from worker.queue.child_context import Workplace
from worker.queue.heartbeat import Hold
from worker.queue.wiring import JudgeFunction

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 0.1
_PROGRESS_EVERY_S = 0.5


class PutOffError(ShousiError):
    """The chore didn't fail, but has to stop: for the worker's end, or for a more urgent one."""


class Slot:
    """A lock among the processes that inherit it; a process's end releases it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process lives

    def take(self) -> bool:
        """Take the lock without waiting; return whether this process has it now."""
        try:
            # A lock of the process, not of the open file, which all children share.
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def give_back(self) -> None:
        """Release the lock."""
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def __enter__(self) -> Self:
        """Wait for the lock."""
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()


class Flag:
    """A bit that all processes which inherit it share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._memory[0] = 1

    def is_set(self) -> bool:
        return self._memory[0] == 1


class ChoreProcess:
    """Does chores in a Celery child; made before the fork."""

    def __init__(self, place: Workplace, slot: Slot, stopping: Flag) -> None:
        self._place = place
        self._slot = slot
        self._stopping = stopping
        self._told = float("-inf")
        self._served = served_with(place.settings.labels)

    def do_chores(self, delivery: str) -> None:
        """Do all waiting chores, unless another process of this worker does chores. `delivery` is
        the message's id."""
        if not self._place.can_run() or not self._slot.take():
            return
        try:
            # One message may stand for many chores.
            while not self._stopping.is_set() and (claim := self._claim(delivery)):
                bound = structlog.contextvars.bound_contextvars(chore=claim.kind, of=claim.subject)
                with bound, self._place.cores.used():
                    if not self._do_under_lease(claim):
                        return
        finally:
            self._slot.give_back()

    def _claim(self, delivery: str) -> ChoreClaim | None:
        settings = self._place.settings
        try:
            return background_jobs.claim_next(
                self._place.db,
                worker=self._place.name_for(delivery),
                lease_s=settings.lease_s,
                max_attempts=settings.max_attempts,
                kinds=[
                    kind for kind in ChoreKind if settings.run_mutants or not kind.needs_mutants
                ],
                served=self._served,
            )
        except UnavailableError as error:
            log.warning("not claimed", error=str(error))
            return None

    def _do_under_lease(self, claim: ChoreClaim) -> bool:
        """Do one chore; return False if it failed. It is then retried at the reconciler's message,
        so that the fault has time to pass."""
        lease_s = self._place.settings.lease_s
        with Hold(self._place.beats, claim.lease, lease_s, self._place.drop_sandbox) as hold:
            try:
                match claim.kind:
                    case ChoreKind.UPLOAD:
                        self._check_upload(claim, hold)
                    case ChoreKind.DIAGNOSIS:
                        self._diagnose(claim, hold)
                    case ChoreKind.MUTANTS:
                        if self._find_failures(claim, claim.subject, hold):
                            hold.insist(partial(background_jobs.finish, self._place.db, claim))
            except SystemExit:
                self._put_back(claim, "the worker shuts down")
                raise
            except PutOffError as put_off:
                self._put_back(claim, str(put_off))
            except Exception as error:  # after any error the row must go back
                if hold.lost.is_set():
                    return False  # the error comes from the killed sandbox
                log.exception("chore failed")
                self._place.drop_sandbox()
                reason = f"{type(error).__name__}: {error}"
                hold.insist(partial(background_jobs.release, self._place.db, claim, reason))
                return False
        return True

    def _check_upload(self, claim: ChoreClaim, hold: Hold) -> None:
        place = self._place
        with self._archive(claim.subject) as archive:
            pace = partial(self._pace, hold, ChoreKind.UPLOAD)
            for event in place.parts.check(archive, place.sandbox(), pace):
                if isinstance(event, Read):
                    archive.unlink()  # it is in memory now; a killed process then leaves no file
                    if event.requires not in self._served:
                        self._pass_on(claim, event.requires, hold)
                        return
                    hold.expect(event.longest_s)
                if not hold.insist(partial(self._keep, claim, event)):
                    log.info("result discarded")
                    return
                if isinstance(event, Read):
                    # Refuse a package that would replace another problem, before judging it.
                    problem = uploads.identity_problem(place.db, event.problem, event.uuid)
                    if problem:
                        hold.insist(partial(uploads.refuse, place.db, claim, refusal(problem)))
                        return

    def _pass_on(self, claim: ChoreClaim, requires: str, hold: Hold) -> None:
        """Leave the upload to a worker with the labels that its problem requires; if there is none,
        refuse it, because its sender waits."""
        db = self._place.db
        with db.read() as session:
            missing = missing_of(requires, labels_alive(db, session))
        if missing:
            listed = ",".join(missing)
            why = (
                f"`requires`: no running worker has {listed}; start one with "
                f"SHOUSI_WORKER_LABELS={listed}, or remove it"
            )
            report = UploadReport(errors=(PackageComplaint("judge.yaml", None, why),))
            hold.insist(partial(uploads.refuse, db, claim, report))
        elif hold.insist(partial(background_jobs.pass_on, db, claim, requires)):
            enqueue_chores(self._place.settings, requires)

    @contextmanager
    def _archive(self, upload_id: str) -> Iterator[Path]:
        """The upload's archive on this machine's disk, under its original name."""
        name = uploads.file_name_of(self._place.db, upload_id)
        with tempfile.TemporaryDirectory(prefix="shousi-upload-") as folder:
            path = Path(folder) / name
            with path.open("wb") as sink:
                uploads.copy_archive(self._place.db, upload_id, sink)
            yield path

    def _keep(self, claim: ChoreClaim, event: CheckEvent) -> bool:
        db = self._place.db
        match event:
            case Read(problem, submissions, tests, _, warnings, sha256):
                data = {"problem": problem, "submissions": submissions, "tests": tests}
                data |= {"sha256": sha256, "warnings": [asdict(one) for one in warnings]}
                return uploads.note(db, claim, "package", data)
            case Progress(path, index, total):
                # Otherwise a quick package would write a row for each test.
                if time.monotonic() - self._told < _PROGRESS_EVERY_S:
                    return True
                self._told = time.monotonic()
                told = {"path": f"submissions/{path}", "index": index, "total": total}
                return uploads.note(db, claim, "progress", told)
            case SubmissionChecked():
                return uploads.note(db, claim, "submission", asdict(public(event)))
            case Refused(report):
                return uploads.refuse(db, claim, report)
            case Sound(package, failures, report):
                return uploads.publish(db, claim, package, failures, report)

    def _diagnose(self, claim: ChoreClaim, hold: Hold) -> None:
        """Find out how the missing mutants fail, then judge the submission again and compare."""
        db = self._place.db
        job = load_job(db, NamedJudging(claim.subject))
        package = mutants.missing(db, job.problem, job.version)
        if package is not None and not self._find_failures(claim, package, hold):
            return
        observer = self._observed(claim, hold, job, self._place.parts.judge)
        known = partial(mutants.known, db, job.problem, job.version)
        line = diagnose(job, observer, self._place.data, known)
        hold.insist(partial(submissions.diagnose_late, db, claim, claim.subject, line))

    def _find_failures(self, claim: ChoreClaim, package: str, hold: Hold) -> bool:
        """Find out how those of the package's mutants fail whose failures aren't stored. Return
        False if the claim is lost."""
        db, every = self._place.db, self._place.parts.judge_all

        def fails(job: JudgeJob) -> Failure:
            return self._observed(claim, hold, job, every).failure()

        wanting = mutants.wanting(db, package)
        if wanting:
            folder = self._place.settings.problems / wanting[0][1].problem
            # The known failures of shipped problems are stored when a diagnosis needs them.
            if claim.kind is ChoreKind.MUTANTS and bundled.is_known(folder, package):
                return True
            if bundled.install(db, folder, package):
                return True
        for path, job in wanting:
            if background_jobs.more_urgent_waits(db, claim, self._served):
                raise PutOffError("something more urgent waits")
            failure = settled(job, fails(job), fails)
            if not hold.insist(partial(mutants.record, db, claim, package, path, failure)):
                return False
        return True

    def _observed(
        self, claim: ChoreClaim, hold: Hold, job: JudgeJob, judge: JudgeFunction
    ) -> Observer:
        place, observer = self._place, Observer()
        hold.expect(len(job.tests) * job.limits.wall_s)
        for event in judge(job, place.sandbox(), place.data, NoSpareCores()):
            if isinstance(event, TestDone):
                observer.see(event)
            if not isinstance(event, Judged):
                self._pace(hold, claim.kind)
        return observer

    def _pace(self, hold: Hold, kind: ChoreKind) -> None:
        """Before each test: stop the chore if necessary, and let waiting judgings go first."""
        until = time.monotonic() + _pause_s(kind)
        while True:
            if hold.lost.is_set():
                raise PutOffError("the claim is lost")
            if self._stopping.is_set():
                raise PutOffError("the worker shuts down")
            if time.monotonic() >= until or not self._somebody_waits():
                return
            # The wait ends at once if the claim is lost.
            hold.lost.wait(_LOOK_AGAIN_S)

    def _somebody_waits(self) -> bool:
        try:
            return background_jobs.somebody_waits(self._place.db, self._served)
        except UnavailableError:
            return False  # without the database no judging could go first

    def _put_back(self, claim: ChoreClaim, reason: str) -> None:
        try:
            released = background_jobs.release(self._place.db, claim, reason, refund=True)
        except UnavailableError as error:
            log.warning("left to the reconciler", error=str(error))
            return
        if released:
            enqueue_chores(self._place.settings, claim.requires)


def _pause_s(kind: ChoreKind) -> float:
    """For how many seconds at most a chore waits before each of its tests."""
    match kind:
        case ChoreKind.UPLOAD:
            return 1.0
        case ChoreKind.DIAGNOSIS:  # a user may hope for it
            return 0.2
        case ChoreKind.MUTANTS:  # no user waits for them
            return 15.0
