import inspect

from longshore.bundles import exceptions
from longshore.exceptions import LongshoreError


def test_every_error_is_the_providers_and_in_the_tree() -> None:
    classes = [
        cls for _, cls in inspect.getmembers(exceptions, inspect.isclass) if cls.__module__ == exceptions.__name__
    ]
    assert len(classes) == (exceptions.__doc__ or "").count("── ")
    for cls in classes:
        assert issubclass(cls, LongshoreError)
        assert f"── {cls.__name__}" in (exceptions.__doc__ or "")
