import inspect

from airflow.sdk.exceptions import AirflowException, AirflowFailException
from longshore import exceptions


def test_every_error_is_airflows_and_in_the_tree() -> None:
    classes = [
        cls for _, cls in inspect.getmembers(exceptions, inspect.isclass) if cls.__module__ == exceptions.__name__
    ]
    assert len(classes) == (exceptions.__doc__ or "").count("── ")
    for cls in classes:
        assert issubclass(cls, AirflowException)
        assert f"── {cls.__name__}" in (exceptions.__doc__ or "")


def test_only_errors_that_repeat_themselves_are_not_retried() -> None:
    final = {
        name
        for name, cls in vars(exceptions).items()
        if isinstance(cls, type) and issubclass(cls, AirflowFailException)
    }
    assert final == {"AirflowFailException", "InvalidArgumentError", "JobRunInvalidError"}
