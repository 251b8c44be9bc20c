"""Times as the resource holds them. Pure."""

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """Returns a time of the API server (RFC 3339) as an aware datetime.

    Raises:
        ValueError: the text is not a time.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
