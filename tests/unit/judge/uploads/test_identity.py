"""Another UUID under a name that is taken, and the same one under another. On both databases."""

from dataclasses import replace
from io import BytesIO

import pytest

from judge import background_jobs
from judge.accounts.users import create_user
from judge.db.session import Database
from judge.monitoring import withdraw_problem
from judge.problems.publish import publish
from judge.uploads import lifecycle as uploads
from judge.uploads.outcome import UploadReport
from judge.uploads.views import UploadView, read_upload
from tests.unit.judge.problem_package.making import SMALL, UUID, changed, loaded

OTHER = "11111111-2222-4333-8444-555555555555"
