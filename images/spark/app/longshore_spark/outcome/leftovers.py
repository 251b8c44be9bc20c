"""A thing that a killed transfer has left. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Leftover:
    """A staging table, or a file of the lake."""

    name: str
    """The table in quotes, or the file's location."""
    of: str
    """The target that it was made for."""
    kept: str | None = None
    """The reason why it stays; None: it was removed, or would be."""

    def line(self, *, dry_run: bool) -> str:
        """Returns its line of the output; `longshore transfers clean` looks for the first words."""
        done = "left alone" if self.kept else "would remove" if dry_run else "removed"
        return f"{done}  {self.name}  ({self.of}){f': {self.kept}' if self.kept else ''}"
