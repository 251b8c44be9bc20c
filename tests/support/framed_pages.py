"""A server that holds a page in a frame, as Airflow's own page does."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


@contextmanager
def served(pages: Mapping[str, Any], *, frame: str) -> Iterator[str]:
    """Serves applications by their prefixes, and the frame at the top. Gives the address.

    Args:
        frame: HTML, in which `{mode}` stands for `light` or `dark`.
    """
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

    outer = FastAPI()
    for prefix, page in pages.items():
        outer.mount(prefix, page)

    @outer.get("/")
    def framed(mode: str = "light") -> HTMLResponse:
        return HTMLResponse(frame.replace("{mode}", mode))

    server = uvicorn.Server(uvicorn.Config(outer, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
