"""A followed job: progress while it runs, its result or error at the end, cancelled when nobody follows any more."""

from __future__ import annotations

import time

import pytest

from studio.core.errors import Cancelled, InputError
from studio.core.run import Run
from studio.ui.job import follow


def drain(work):
    """All progress, and what the generator returned."""
    seen = []
    try:
        while True:
            seen.append(next(work))
    except StopIteration as done:
        return seen, done.value


def test_progress_and_the_result_arrive(tmp_path):
    def work(run):
        with run.stage("count", 3) as step:
            for _ in range(3):
                time.sleep(0.15)
                step(1)
        return "done"

    seen, result = drain(follow(work, Run(workdir=tmp_path)))
    assert result == "done"
    assert [progress.stage for progress in seen] == ["count"] * len(seen)
    assert seen[-1].done == 3


def test_an_error_of_the_job_is_raised_by_the_follower(tmp_path):
    def work(run):
        raise InputError("no", "try again")

    with pytest.raises(InputError, match="no"):
        drain(follow(work, Run(workdir=tmp_path)))


def test_closing_the_follower_cancels_the_job_and_waits_for_it(tmp_path):
    ended = []

    def work(run):
        try:
            with run.stage("forever") as step:
                while True:
                    time.sleep(0.01)
                    step(1)
        except Cancelled:
            ended.append(True)
            raise

    following = follow(work, Run(workdir=tmp_path))
    next(following)
    started = time.monotonic()
    following.close()
    assert ended == [True]
    assert time.monotonic() - started < 1.0
