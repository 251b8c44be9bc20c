"""A database as a job connects to it, whichever dialect it speaks. Pure."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class JdbcConnection:
    """A connection by its name, as its dialect has read it."""

    id: str
    conn_type: str
    """Airflow's name for the kind of database; `databases` finds the dialect by it."""
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)
    url: str
    """The JDBC URL; it holds no secret."""
    driver_class: str
    """The name of the JDBC driver's Java class."""
    driver: dict[str, str] = field(default_factory=dict, repr=False)
    """The driver's properties, without user and password."""

    @property
    def properties(self) -> dict[str, str]:
        """The driver's properties, and Spark's `driver`, which names its class."""
        return {
            "user": self.user,
            **({"password": self.password} if self.password else {}),
            "driver": self.driver_class,
            **self.driver,
        }
