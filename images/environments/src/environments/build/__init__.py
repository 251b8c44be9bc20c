"""From what an environment asks for and what there is to all that is to be there. Pure: no module here does I/O."""

from environments.build.access import own_access
from environments.build.desired import Desired, Found, build
from environments.build.namespace import namespace

__all__ = ["Desired", "Found", "build", "namespace", "own_access"]
