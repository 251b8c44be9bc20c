"""Makes the pages of docs/operators from docstrings and signatures; `make operator-pages` writes them."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import longshore.operators
from longshore.connection import extras, settings
from longshore.decorators.container import ContainerDecoratedOperator, container_task
from longshore.operators.job_run import JobRunOperator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "operators"
MADE = "<!-- Made from the docstrings: change them, and run `make operator-pages`. -->"
OPERATORS: dict[str, type[JobRunOperator]] = {
    name: getattr(longshore.operators, name) for name in longshore.operators.__all__
}
DECORATOR = "@task.container"
_NOT_OF_FUNCTIONS = ("python_callable", "entry_point", "arguments")
"""The arguments that `@task.container` does not take; the function gives them."""
_ARGUMENT = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*)$")
_RANGE = re.compile(r"^ {4}(\w+) … (\w+): as `(\w+)`'s\.$")
_KEYS_HEAD = "| key | in | meaning |\n|---|---|---|\n"
_KEYS = re.compile(re.escape(_KEYS_HEAD) + r"(\|.*\n)+")
_SECTION = re.compile(r"^(Args|Returns|Raises):$", re.MULTILINE)


@dataclass(frozen=True)
class Docstring:
    """A docstring in Google's style, its text without line breaks inside paragraphs."""

    paragraphs: list[str]
    arguments: dict[str, str]
    ranges: list[tuple[str, str, str]]
    """The first and the last of the arguments that a base explains, and the base's name: `a … b: as `Base`'s.`"""
    sections: dict[str, str]
    """The text of `Returns` and `Raises`."""

    @classmethod
    def of(cls, documented: object) -> "Docstring":
        text = inspect.cleandoc(getattr(documented, "__doc__", None) or "")
        arguments: dict[str, str] = {}
        ranges: list[tuple[str, str, str]] = []
        sections: dict[str, str] = {}
        names: list[str] = []
        prose = []
        section: str | None = None
        for line in text.splitlines():
            if begun := _SECTION.match(line):
                section = begun[1]
            elif section is None or (line and not line.startswith(" ")):
                section = None
                prose.append(line)
            elif section != "Args":
                sections[section] = f"{sections.get(section, '')} {line.strip()}".strip()
            elif found := _RANGE.match(line):
                ranges.append((found[1], found[2], found[3]))
            elif found := _ARGUMENT.match(line):
                names = found[1].split(", ")
                arguments |= dict.fromkeys(names, found[2])
            elif line:
                arguments |= {name: f"{arguments[name]} {line.strip()}" for name in names}
        paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", "\n".join(prose)) if part.strip()]
        arguments.pop("kwargs", None)
        return cls(paragraphs, arguments, ranges, sections)


@dataclass(frozen=True)
class Argument:
    name: str
    type: str
    default: str | None
    """As it is written in Python. None: the argument must be given."""
    templated: bool
    meaning: str


def page_name(operator: str) -> str:
    """`JdbcToSparkContainerOperator` becomes `jdbc_to_spark_container.md`, `@task.container` `task_container.md`."""
    words = operator.removesuffix("Operator").removeprefix("@").replace(".", "_")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", words).lower() + ".md"


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


def wrong_ranges(operator: type[JobRunOperator]) -> list[str]:
    """Returns the ranges in docstrings that hold an argument which the base that they name does not explain."""
    found = []
    for owner in _owners(operator):
        names = [name for name, _ in _own_parameters(owner)]
        for first, last, base in Docstring.of(owner).ranges:
            bases = [each for each in _owners(operator) if each.__name__ == base]
            explained = {argument.name for each in bases for _, own in documented_by(each) for argument in own}
            meant = names[names.index(first) : names.index(last) + 1]
            if not meant or not explained.issuperset(meant):
                found.append(f"{owner.__name__}: {first} … {last}")
    return found


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
    lines = [*_head(name, first, operator), *_tables(operator, documented_by(operator))]
    lines.append("Airflow's own arguments (`task_id`, `retries`, `pool` and so on) are those of its `BaseOperator`.")
    if paragraphs:
        lines += ["## Notes", *(_linked(paragraph) for paragraph in paragraphs)]
    lines += _foot(operator)
    return "\n\n".join(lines) + "\n"


def decorator_page() -> str:
    """Returns the page of `@task.container`, whose other arguments are its operator's."""
    described = Docstring.of(container_task)
    first, *paragraphs = described.paragraphs
    own = inspect.signature(container_task).parameters
    arguments = [
        _argument(own[name], ContainerDecoratedOperator, meaning)
        for name, meaning in described.arguments.items()
        if name not in _NOT_OF_FUNCTIONS
    ]
    shared = [
        (owner, [argument for argument in theirs if argument.name not in _NOT_OF_FUNCTIONS])
        for owner, theirs in documented_by(ContainerDecoratedOperator)
    ]
    lines = [*_head(DECORATOR, first, ContainerDecoratedOperator), "## Arguments", _table(arguments)]
    lines += _tables(ContainerDecoratedOperator, shared)
    lines += ["## Notes", *(_linked(paragraph) for paragraph in paragraphs)]
    lines += _foot(ContainerDecoratedOperator)
    return "\n\n".join(lines) + "\n"


def _head(name: str, first: str, operator: type[JobRunOperator]) -> list[str]:
    source = Path(inspect.getfile(operator)).relative_to(ROOT).as_posix()
    stem = page_name(name).removesuffix(".md")
    examples = (f"dags/example_{each}.py" for each in (stem, stem.removesuffix("_container")))
    example = next(each for each in examples if (ROOT / each).exists())
    links = f"Example: [`{example}`](../../{example}). Source: [`{source}`](../../{source})."
    return [f"# {name}", MADE, first, links]


def _foot(operator: type[JobRunOperator]) -> list[str]:
    links = ", ".join(f'"{link.name}"' for link in operator.operator_extra_links)
    return ["## On the task's page", f"Links: {links}.", "## Result and errors", *_result(operator)]


def _tables(operator: type[JobRunOperator], documented: Iterable[tuple[type, list[Argument]]]) -> Iterator[str]:
    for owner, arguments in documented:
        if arguments:
            yield "## Arguments" if owner is operator else f"## Arguments of every `{owner.__name__}`"
            yield _table(arguments)


def index_page() -> str:
    """Returns docs/operators/README.md."""
    rows = [
        f"| [`{name}`]({page_name(name)}) | {_linked(Docstring.of(operator).paragraphs[0])} |"
        for name, operator in OPERATORS.items()
    ]
    first = Docstring.of(container_task).paragraphs[0]
    rows.append(f"| [`{DECORATOR}`]({page_name(DECORATOR)}) | {_linked(first)} |")
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
    found[FOLDER / page_name(DECORATOR)] = decorator_page()
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
    own, execute = Docstring.of(operator).sections, Docstring.of(JobRunOperator.execute).sections
    yield f"The task's return value: {own.get('Returns') or execute['Returns']}"
    if "Raises" in own:
        yield f"Errors when the DAG is parsed: {_linked(own['Raises'])}"
    yield f"Errors: {_linked(execute['Raises'])}"


def _linked(text: str) -> str:
    """Returns the text with links for the operators and pages that it names."""
    names = "|".join(map(re.escape, [*OPERATORS, DECORATOR]))
    text = re.sub(rf"`({names})`", lambda found: f"[`{found[1]}`]({page_name(found[1])})", text)
    return re.sub(r"(?<![\w/])docs/((?:[\w-]+/)*[\w-]+\.md)", r"[\1](../\1)", text)


def _field_docstrings() -> dict[str, str]:
    """Returns the text below each field of `PlatformSettings`."""
    tree = ast.parse(inspect.getsource(settings.PlatformSettings)).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[getattr(field.target, "id", "")] = " ".join(str(text.value.value).split())
    return {name: text for name, text in found.items() if name != "connection_id"}
