"""The branches of a repository, read from the repository itself."""

import asyncio
import os

from longshore_page.exceptions import UnavailableError

_SECONDS = 20.0
_REF = "refs/heads/"


async def branches(url: str) -> list[str]:
    """Returns the names of all branches, in order.

    Args:
        url: one of the settings' repositories, and no other.

    Raises:
        UnavailableError: the repository does not answer, or refuses.
    """
    process = await asyncio.create_subprocess_exec(
        *("git", "ls-remote", "--heads", "--", url),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(),
    )
    try:
        async with asyncio.timeout(_SECONDS):
            listed, said = await process.communicate()
    except TimeoutError as error:
        raise UnavailableError(
            f"{url} did not answer within {_SECONDS:.0f} s; write the branch's name yourself."
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        reason = " ".join(said.decode(errors="replace").split())[:300]
        raise UnavailableError(f"{url} does not list its branches ({reason}); write the branch's name yourself.")
    return parsed(listed.decode(errors="replace"))


def parsed(listed: str) -> list[str]:
    """Returns the branches in the output of `git ls-remote`: lines of a commit, a tab and a reference. Pure."""
    references = (line.partition("\t")[2] for line in listed.splitlines())
    return sorted(name.removeprefix(_REF) for name in references if name.startswith(_REF))


def _environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "SSL_CERT_FILE", "GIT_SSL_CAINFO")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "git:http:https",
        "LC_ALL": "C.UTF-8",
    }
