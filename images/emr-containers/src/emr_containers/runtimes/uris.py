"""URIs of entry points and of log locations. Pure."""

from urllib.parse import SplitResult, urlsplit

from emr_containers.exceptions import ValidationException


def split_uri(uri: str, *, what: str) -> SplitResult:
    """Returns the parts of a URI.

    Args:
        what: the name of the URI in the message, such as `logUri`.

    Raises:
        ValidationException: it is not a URI.
    """
    try:
        return urlsplit(uri)
    except ValueError as error:
        raise ValidationException(f"The {what} is not a valid URI: {error}.") from error
