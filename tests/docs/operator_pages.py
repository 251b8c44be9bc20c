"""Makes the pages of docs/operators from docstrings and signatures; `make operator-pages` writes them."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import longshore.operators
from longshore.connection import extras, settings
from longshore.operators.job_run import JobRunOperator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "operators"
MADE = "<!-- Made from the docstrings: change them, and run `make operator-pages`. -->"
OPERATORS: dict[str, type[JobRunOperator]] = {
    name: getattr(longshore.operators, name) for name in longshore.operators.__all__
}
_ARGUMENT = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*)$")
_KEYS_HEAD = "| key | in | meaning |\n|---|---|---|\n"
_KEYS = re.compile(re.escape(_KEYS_HEAD) + r"(\|.*\n)+")
_SECTION = re.compile(r"^(Args|Returns|Raises):$", re.MULTILINE)


@dataclass(frozen=True)
class Docstring:
    """A docstring in Google's style, its text without line breaks inside paragraphs."""

    paragraphs: list[str]
    arguments: dict[str, str]

    @classmethod
    def of(cls, documented: object) -> "Docstring":
        text = inspect.cleandoc(getattr(documented, "__doc__", None) or "")
        arguments: dict[str, str] = {}
        names: list[str] = []
        prose = []
        inside = False
        for line in text.splitlines():
            if _SECTION.match(line):
                inside = line == "Args:"
            elif inside and (found := _ARGUMENT.match(line)):
                names = found[1].split(", ")
                arguments |= dict.fromkeys(names, found[2])
            elif inside and line.startswith("     "):
                arguments |= {name: f"{arguments[name]} {line.strip()}" for name in names}
            else:
                inside = inside and not line.strip()
                prose.append(line)
        paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", "\n".join(prose)) if part.strip()]
        arguments.pop("kwargs", None)
        return cls(paragraphs, arguments)


@dataclass(frozen=True)
class Argument:
    name: str
    type: str
    default: str | None
    """As it is written in Python. None: the argument must be given."""
    templated: bool
    meaning: str


def page_name(operator: str) -> str:
    """`JdbcToSparkContainerOperator` becomes `jdbc_to_spark_container.md`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operator.removesuffix("Operator")).lower() + ".md"


def documented_by(operator: type[JobRunOperator]) -> Iterator[tuple[type, list[Argument]]]:
    """Yields the operator and its bases, each with the arguments that its docstring explains."""
    parameters = dict(pair for owner in reversed(_owners(operator)) for pair in _own_parameters(owner))
    seen: set[str] = set()
    for owner in _owners(operator):
        meanings = Docstring.of(owner).arguments
        names = [name for name in meanings if name not in seen]
        seen.update(names)
        yield owner, [_argument(parameters[name], operator, meanings[name]) for name in names]


def undocumented(operator: type[JobRunOperator]) -> list[str]:
    """Returns the arguments of our signatures that no docstring of ours explains."""
    explained = {argument.name for _, arguments in documented_by(operator) for argument in arguments}
    return [name for owner in _owners(operator) for name, _ in _own_parameters(owner) if name not in explained]


def _owners(operator: type[JobRunOperator]) -> list[type]:
    return [owner for owner in operator.__mro__ if issubclass(owner, JobRunOperator)]


def _own_parameters(owner: type) -> Iterator[tuple[str, inspect.Parameter]]:
    for name, parameter in inspect.signature(owner.__init__).parameters.items():  # type: ignore[misc]
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD:
            yield name, parameter


def _argument(parameter: inspect.Parameter, operator: type[JobRunOperator], meaning: str) -> Argument:
    return Argument(
        name=parameter.name,
        type=_type(parameter.annotation),
        default=None if parameter.default is parameter.empty else repr(parameter.default),
        templated=parameter.name in operator.template_fields,
        meaning=meaning,
    )


def _type(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)


def operator_page(name: str) -> str:
    """Returns the page of an operator."""
    operator = OPERATORS[name]
    first, *paragraphs = Docstring.of(operator).paragraphs
    source = Path(inspect.getfile(operator)).relative_to(ROOT).as_posix()
    stem = page_name(name).removesuffix(".md")
    examples = (f"dags/example_{each}.py" for each in (stem, stem.removesuffix("_container")))
    example = next(each for each in examples if (ROOT / each).exists())
    lines = [f"# {name}", MADE, first]
    lines.append(f"Example: [`{example}`](../../{example}). Source: [`{source}`](../../{source}).")
    for owner, arguments in documented_by(operator):
        if not arguments:
            continue
        lines.append("## Arguments" if owner is operator else f"## Arguments of every `{owner.__name__}`")
        lines.append(_table(arguments))
    lines.append("Airflow's own arguments (`task_id`, `retries`, `pool` and so on) are those of its `BaseOperator`.")
    if paragraphs:
        lines += ["## Notes", *(_linked(paragraph) for paragraph in paragraphs)]
    links = ", ".join(f'"{link.name}"' for link in operator.operator_extra_links)
    lines += ["## On the task's page", f"Links: {links}."]
    lines += ["## Result and errors", *_result(operator)]
    return "\n\n".join(lines) + "\n"


def index_page() -> str:
    """Returns docs/operators/README.md."""
    rows = [
        f"| [`{name}`]({page_name(name)}) | {_linked(Docstring.of(operator).paragraphs[0])} |"
        for name, operator in OPERATORS.items()
    ]
    return (
        "\n\n".join(
            [
                "# Operators",
                MADE,
                "A page for each operator, with all its arguments. [Writing DAGs](../writing-dags.md) introduces them.",
                "\n".join(["| operator | what it does |", "|---|---|", *rows]),
                "All of them need [the connection `aws_default`](connection.md), or the one that `aws_conn_id` names.",
            ]
        )
        + "\n"
    )


def connection_page() -> str:
    """Returns docs/operators/connection.md with its table made anew."""
    return _KEYS.sub(lambda _: keys_table(), (FOLDER / "connection.md").read_text())


def keys_table() -> str:
    """Returns the table of the connection's keys: those of our service, then those of the extra itself."""
    texts = _field_docstrings()
    ours = {name: text for name, text in texts.items() if name == "endpoint_url" or name not in extras.AMAZON_EXTRAS}
    rows = [("`emr-containers`", name, text) for name, text in ours.items()]
    rows += [("the extra", name, text) for name, text in extras.AMAZON_EXTRAS.items()]
    return _KEYS_HEAD + "".join(f"| `{name}` | {place} | {_linked(text)} |\n" for place, name, text in rows)


def pages() -> dict[Path, str]:
    """Returns the text of each page by its path."""
    found = {FOLDER / page_name(name): operator_page(name) for name in OPERATORS}
    return {FOLDER / "README.md": index_page(), FOLDER / "connection.md": connection_page(), **found}


def _table(arguments: list[Argument]) -> str:
    rows = []
    for argument in arguments:
        default = "required" if argument.default is None else f"`{argument.default}`"
        kind = argument.type.replace("|", "\\|")
        meaning = _linked(argument.meaning).replace("|", "\\|")
        rows.append(f"| `{argument.name}` | `{kind}` | {default} | {'yes' if argument.templated else ''} | {meaning} |")
    return "\n".join(["| argument | type | default | Jinja | meaning |", "|---|---|---|---|---|", *rows])


def _result(operator: type[JobRunOperator]) -> Iterator[str]:
    text = inspect.cleandoc(operator.execute.__doc__ or "")
    returns, raises = (re.search(rf"^{part}:\n((?: +.*\n?)+)", text, re.MULTILINE) for part in ("Returns", "Raises"))
    if returns:
        yield f"The task's return value: {' '.join(returns[1].split())}"
    if raises:
        yield f"Errors: {_linked(' '.join(raises[1].split()))}"


def _linked(text: str) -> str:
    """Returns the text with links for the operators and pages that it names."""
    names = "|".join(OPERATORS)
    text = re.sub(rf"`({names})`", lambda found: f"[`{found[1]}`]({page_name(found[1])})", text)
    return re.sub(r"(?<![\w/])docs/([\w-]+\.md)", r"[\1](../\1)", text)


def _field_docstrings() -> dict[str, str]:
    """Returns the text below each field of `PlatformSettings`."""
    tree = ast.parse(inspect.getsource(settings.PlatformSettings)).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[getattr(field.target, "id", "")] = " ".join(str(text.value.value).split())
    return {name: text for name, text in found.items() if name != "connection_id"}
