from longshore.hooks.job_run import JobRun


def test_cancel_pending_is_not_the_end() -> None:
    assert not JobRun("1", "vc", "CANCEL_PENDING").finished
    assert all(JobRun("1", "vc", state).finished for state in ("COMPLETED", "FAILED", "CANCELLED"))


def test_job_run_survives_the_event() -> None:
    job_run = JobRun.from_api(
        {"id": "1", "virtualClusterId": "vc", "state": "FAILED", "failureReason": "USER_ERROR", "stateDetails": "no"}
    )
    assert JobRun(**job_run.as_event()) == job_run == JobRun("1", "vc", "FAILED", "no", "USER_ERROR")
