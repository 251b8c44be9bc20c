"""Runs a function that a task brings along: the program of `@task.container` in an image.

`python run_function.py NAME SOURCE ARGUMENTS`: SOURCE is the function's source in base64, ARGUMENTS is JSON with `args`
and `kwargs`. It uses nothing but the standard library: copy it into the `/opt/longshore` of any image with a Python.
"""

import base64
import json
import sys


def run(name: str, source: str, arguments: str) -> str:
    """Returns the line that reports the function's result."""
    text = base64.b64decode(source).decode()
    content: dict[str, object] = {"__name__": "__task__"}
    exec(compile(text, f"<task {name}>", "exec"), content)  # noqa: S102  it is the task's own program
    given = json.loads(arguments)
    result = content[name](*given["args"], **given["kwargs"])  # type: ignore[operator]
    try:
        return f"LONGSHORE_RESULT {json.dumps(result)}"
    except (TypeError, ValueError) as error:
        raise SystemExit(f"The result of {name!r} cannot be JSON: {error}.") from error


if __name__ == "__main__":
    print(run(*sys.argv[1:]), flush=True)
