"""Whatever the page says no to has a status of HTTP's own."""

from longshore_page import exceptions


def test_every_error_is_one_of_the_pages_with_a_status_of_an_error() -> None:
    found = [
        each for each in vars(exceptions).values() if isinstance(each, type) and each.__module__ == exceptions.__name__
    ]
    assert len(found) == 7
    assert all(issubclass(each, exceptions.PageError) and each.status >= 400 for each in found)
