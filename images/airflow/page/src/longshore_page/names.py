"""Names of an environment and of its resource. Pure. What a name may be, the CRD says (helm/environments)."""

import hashlib
import re
import unicodedata

GROUP, VERSION, PLURAL = "longshore.dev", "v1alpha1", "airflowenvironments"
ACTIVITY_ANNOTATION = f"{GROUP}/activity"
"""On the object: a moment at which somebody wanted the environment. It wakes it, and renews its time."""
NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"
"""Of what becomes a part of a path."""
_MOST = 40
_KEPT = ("api", "auth", "health", "new", "shared", "static", "template")


def name_from(branch: str) -> str:
    """A name made of a branch's; with a part of the branch's digest where a label cannot show all of it.

    `longshore env create` makes the same, so that one branch has one name: a test holds them together.
    """
    plain = unicodedata.normalize("NFKD", branch)
    plain = "".join(each for each in plain if not unicodedata.combining(each)).lower()
    label = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if plain.isascii() and 0 < len(label) <= _MOST and label not in _KEPT:
        return label
    digest = hashlib.sha256(branch.encode(errors="surrogatepass")).hexdigest()[:6]
    return f"{label[: _MOST - 7].strip('-') or 'branch'}-{digest}"
