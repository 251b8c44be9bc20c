from longshore_cli.cluster.waiting import wait_until


def test_it_is_asked_until_it_says_yes() -> None:
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), seconds=5, every=0.0)


def test_it_is_asked_at_least_once() -> None:
    assert wait_until(lambda: True, seconds=0)
    assert not wait_until(lambda: False, seconds=0)
