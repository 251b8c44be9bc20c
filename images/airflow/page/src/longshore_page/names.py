"""Names of an environment and of its resource. Pure. The CRD (helm/environments) checks their form."""

import hashlib
import re
import unicodedata

GROUP, VERSION, PLURAL = "longshore.dev", "v1alpha1", "airflowenvironments"
ACTIVITY_ANNOTATION = f"{GROUP}/activity"
"""On the object: a time at which a user wanted the environment. It wakes it and renews its lifetime."""
NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"
"""The form of names that become a part of a path."""
_MAX_LENGTH = 40
_RESERVED = ("api", "auth", "health", "new", "shared", "static", "template")


def name_from(branch: str) -> str:
    """Returns a name made from a branch, with a part of its digest if a label cannot show the whole branch.

    `longshore env create` makes the same name, so that one branch has one name; a test compares the two.
    """
    plain = unicodedata.normalize("NFKD", branch)
    plain = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if plain.isascii() and 0 < len(label) <= _MAX_LENGTH and label not in _RESERVED:
        return label
    digest = hashlib.sha256(branch.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{label[: _MAX_LENGTH - 7].strip('-') or 'branch'}-{digest}"
