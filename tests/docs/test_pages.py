"""Every page is right about this repository: the files that it names exist, its links and anchors lead somewhere."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if path.is_file()
)
FOLDERS = ("cli", "dags", "docs", "helm", "images", "job-templates", "operators", "tests", ".ci", ".github")
"""A path in backticks that begins with one of these is one of the repository's."""
HISTORY = ("CHANGELOG.md",)
"""A page that tells what once was: only its links have to be right."""
_BLOCK = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PAGE_NAME = re.compile(r"(?<![\w/])docs/[\w./-]+\.md")
_MENTION = re.compile(r"(?<![\w/.(-])(?:docs|tests|helm|images)/[\w./-]+\.(?:md|py|yaml|toml)")


@cache
def text(page: str) -> str:
    """The page without its blocks of code."""
    return _BLOCK.sub("", (ROOT / page).read_text())


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors that GitHub makes of a page's headings."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#+ (.+)$", text(page.relative_to(ROOT).as_posix()), re.MULTILINE):
        plain = _LINK.sub(lambda link: link[0].split("]")[0].lstrip("!["), heading)
        name = re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")
        names.add(f"{name}-{found[name]}" if name in found else name)
        found[name] = found.get(name, 0) + 1
    return frozenset(names)


@cache
def exists(path: str) -> bool:
    """Returns whether a path, or a match of a pattern, exists in the repository. Upper and lower case count."""
    if "*" in path:
        return any(ROOT.glob(path))
    at = ROOT
    for part in Path(path).parts:
        if not at.is_dir() or part not in {each.name for each in at.iterdir()}:
            return False
        at /= part
    return True


def named_files(page: str) -> set[str]:
    """The paths of the repository that a page names without a link."""
    words = {word.partition("::")[0].rstrip("/") for code in _CODE.findall(text(page)) for word in code.split()}
    paths = {word for word in words if word.split("/")[0] in FOLDERS and "/" in word}
    return {path for path in paths | set(_MENTION.findall(text(page))) if not re.search(r"[<>…{}$]", path)}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    wrong = []
    for target in _LINK.findall(text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (ROOT / page).parent.joinpath(path).resolve() if path else ROOT / page
        found = there.is_relative_to(ROOT) and exists(there.relative_to(ROOT).as_posix())
        if not found or (anchor and anchor not in anchors(there)):
            wrong.append(target)
    assert wrong == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HISTORY])
def test_every_file_that_a_page_names_exists(page: str) -> None:
    assert sorted(path for path in named_files(page) if not exists(path)) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HISTORY])
def test_every_module_that_a_page_names_exists(page: str) -> None:
    places = {"emr_containers": "images/emr-containers/src", "longshore_spark": "images/spark/app"}
    places |= {"longshore_cli": "cli/src", "longshore_libs": "libs/src", "longshore_page": "images/airflow/page/src"}
    named = [code for code in _CODE.findall(text(page)) if re.fullmatch(rf"({'|'.join(places)})(\.\w+)+", code)]
    for name in named:
        package, *rest = name.split(".")
        # The last part may be something in the module.
        paths = ["/".join([places[package], package, *parts]) for parts in (rest, rest[:-1]) if parts]
        assert any(exists(path) or exists(f"{path}.py") for path in paths), name


@pytest.mark.parametrize("page", PAGES)
def test_every_make_command_that_a_page_shows_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = re.findall(r"(?:`|^)make ([a-z][a-z-]*)", (ROOT / page).read_text(), re.MULTILINE)
    if page in HISTORY:
        shown = [name for name in shown if name != "test-unit"]
    assert sorted(set(shown) - targets) == []


def test_every_page_that_a_source_names_exists() -> None:
    patterns = (
        "*/src/**/*.*",
        "images/*/*/**/*.*",
        "helm/**/*.*",
        "dags/**/*.*",
        "docs/examples/**/*.*",
        "job-templates/*",
    )
    files = {
        path for pattern in patterns for path in ROOT.glob(pattern) if path.suffix not in (".png", ".pyc", ".class")
    }
    own = [
        path for path in files if path.is_file() and not any(part[0] == "." for part in path.relative_to(ROOT).parts)
    ]
    named = {(path, name) for path in own for name in _PAGE_NAME.findall(path.read_text(errors="ignore"))}
    assert sorted((str(path), name) for path, name in named if not exists(name)) == []
    assert len(named) >= 5


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, ahead = set(), ["README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        for target in _LINK.findall(text(page)):
            there = (ROOT / page).parent.joinpath(target.partition("#")[0]).resolve()
            if there.suffix == ".md" and there.is_relative_to(ROOT) and there.exists():
                ahead.append(there.relative_to(ROOT).as_posix())
    assert sorted(set(PAGES) - seen) == []


def test_every_decision_is_in_their_index() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((2[^)]+\.md)\)", (folder / "README.md").read_text())
    assert sorted(listed) == sorted(path.name for path in folder.glob("2*.md"))


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    rows = re.findall(r"^\| ([^|]+?) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)[2:]
    terms = [re.sub(r" \(.*", "", term).lower() for term in rows]
    assert terms == sorted(terms)
