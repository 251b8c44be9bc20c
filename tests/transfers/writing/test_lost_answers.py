"""A commit whose answer is lost with its connection: Iceberg's pool of connections sends the statement again."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from support.waiting import until

from transfers.conftest import World
from transfers.places import Place

_WAITING = r"""
SELECT client_port FROM pg_stat_activity
WHERE query ~ '^(UPDATE|INSERT INTO) iceberg_tables' AND wait_event_type = 'Lock' ORDER BY query_start
"""


@dataclass
class Network:
    """Between a program and the database: passes everything on, until a connection is cut."""

    port: int
    connections: dict[int, tuple[socket.socket, socket.socket]] = field(default_factory=dict)
    """The program's and the database's side of each connection, by the port that the database sees."""

    def cut(self, port: int) -> None:
        """Cuts a connection on the program's side; the database goes on with what it was asked for."""
        self.connections[port][0].shutdown(socket.SHUT_RDWR)


@contextmanager
def network(host: str, port: int) -> Iterator[Network]:
    """A network before a database."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        between = Network(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    program, _ = listener.accept()
                    database = socket.create_connection((host, port))
                    between.connections[database.getsockname()[1]] = (program, database)
                    for one, other in ((program, database), (database, program)):
                        threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        yield between
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        for side in (side for sides in between.connections.values() for side in sides):
            with suppress(OSError):  # it is cut already
                side.shutdown(socket.SHUT_RDWR)
            side.close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while content := one.recv(65536):
            other.sendall(content)


@pytest.mark.parametrize("mode", ["append", "overwrite", "merge", "new"])
def test_a_commit_that_was_done_and_is_sent_again_leaves_the_table_whole(world: World, mode: str) -> None:
    place, table = Place(world, "lake"), f"lost_{mode}"
    if mode != "new":
        assert world.transfers.run(place.transfer([(1, "old")], table, "overwrite"))["status"] == 0
    content = json.loads((world.connections / "lake_catalog.json").read_text())
    given = place.transfer([(1, "new")], table, "append" if mode == "new" else mode, catalog_connection=f"lost_{mode}")
    with network(world.postgres.host, world.postgres.port) as between, ThreadPoolExecutor() as pool:
        world.connection(f"lost_{mode}", **{**content, "port": between.port})
        session, onlooker = world.postgres.connect("lake_catalog"), world.postgres.connect()
        with onlooker, session, session.transaction():
            session.execute("LOCK TABLE iceberg_tables IN SHARE ROW EXCLUSIVE MODE")
            running = pool.submit(world.transfers.run, given)
            (port,) = until("the commit waits", lambda: onlooker.execute(_WAITING).fetchone())
            between.cut(int(str(port)))
            until("it was sent again", lambda: len(onlooker.execute(_WAITING).fetchall()) > 1, seconds=40)
        done = running.result()
    # A new table may be said to be in doubt.
    assert done["status"] == 0 or (mode == "new" and done["error"].startswith("It is not known whether")), done
    assert place.rows(table) == ([(1, "new"), (1, "old")] if mode == "append" else [(1, "new")])
