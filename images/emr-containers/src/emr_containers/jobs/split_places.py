"""Places that Spark, the JVM or Kubernetes split or expand, and the values of parameters that fit there. Pure.

A property outside of Spark's own names is a text, which takes any value. Of Spark's own, many are lists, and which are
is no closed set; so each is held to one element, but for the application's name. An application that wants any text
gets it as an argument (`entryPointArguments`), where each is one, whatever it holds.

No value brings an expansion of its own: Spark reads `${env:NAME}` and `${spark.…}` in properties, log4j and Hadoop have
the like, and Kubernetes reads `$(NAME)` in the executors' variables. Each shows what the job's pod has and the caller
need not see.

Sources: Spark 4.1, CommandBuilderUtils.parseOptionString, ConfigReader, Utils.stringToSeq, and the constants of its
jars for the names; java, "The java Command": `@argfiles`; Kubernetes, Container v1, `env`.
"""

import re
from urllib.parse import unquote

from emr_containers.jobs.parameter_text import Piece, Pieces, given, joined, refusal, words

CONTROL = r"\x00-\x1f\x7f-\x9f"
"""Control characters, for a set of a regular expression."""
_TEXTS = {"--name", "spark.app.name"}
"""Options and properties that nothing splits."""
_ELEMENTS = re.compile(rf"[\s,;{CONTROL}]")
_PATHS = re.compile(rf"[\s,;:*{CONTROL}]")
_FILES = re.compile(rf"[\s,;*?#{{}}\[\]\\{CONTROL}]")
_JAVA = re.compile(rf"[\s\"'\\{CONTROL}]")
_FILE_LISTS = {
    *("--jars", "--files", "--py-files", "--archives", "--properties-file"),
    *("spark.jars", "spark.files", "spark.submit.pyfiles", "spark.archives"),
}
_SPARK = re.compile(
    "acls|admin|api|app|appstatestore|archives|auth|authenticate|barrier|blacklist|block|blockmanager|broadcast|"
    "buffer|cache|callstack|checkpoint|cleaner|connect|cores|dead|decommission|default|deploy|diskstore|driver|"
    "driverenv|dynamicallocation|eventlog|excludeonfailure|executor|executorenv|exit|extralisteners|file|files|"
    "graphx|hadoop|hadooprdd|history|hive|home|io|jars|job|jobgroup|kafka|kerberos|kryo|kryoserializer|"
    "kubernetes|launcher|local|locality|log|logconf|loglineage|logging|master|maxremoteblocksizefetchtomem|"
    "memory|metrics|modify|network|plugins|port|properties|pyspark|python|r|rdd|redaction|reducer|remote|repl|"
    "resources|resultgetter|rpc|scheduler|security|serializer|sessionwindow|shuffle|shutdown|sparkr|speculation|"
    "sql|ssl|stage|standalone|starvation|storage|streaming|submit|task|taskmetrics|test|testing|timewindow|ui|"
    "unsafe|user|watermarkdelayms|worker|yarn"
)
"""The names that follow `spark.` in properties of Spark's own, in lower case."""
_VARIABLES = ("spark.executorenv.", "spark.kubernetes.driverenv.", "spark-env.")
"""Names that begin so are environment variables: a text, unless Spark or Java reads it."""
_OWN_VARIABLES = ("spark_", "pyspark_", "java_", "jdk_", "ld_", "python", "bash_env", "env", "hadoop_")
_JAVA_ENDINGS = ("javaoptions", "java-options", "_opts", "_options", "_args", "_flags")
EXPANSIONS = ("${", "$(")
"""The beginnings of an expansion by Spark, log4j, Hadoop or Kubernetes."""


def check_value(place: str, key: str, pieces: Pieces) -> None:
    """Checks that the values in a property or an option stay one.

    Args:
        place: for the message.
        key: the property or the option. A classification other than spark-defaults has its name and a dot before it.

    Raises:
        ValidationException: a value would be more than one element, an option, or another path.
    """
    check_expansions(place, pieces)
    name = key.lower()
    if not _is_split(name):
        return
    if name.endswith(_JAVA_ENDINGS):
        _check_java_options(place, pieces)
        return
    if name.endswith("path"):
        forbidden, what = _PATHS, "white space or one of , ; : *, and would be more than one path"
    elif name in _FILE_LISTS:
        forbidden, what = _FILES, "white space or one of , ; * ? # { } [ ] \\, and would be more than one file"
    else:
        forbidden, what = _ELEMENTS, "white space or one of , ;, and would be more than one element"
    for piece in given(pieces):
        if forbidden.search(piece.text):
            raise refusal(piece, place, f"holds {what}")
    check_segments(place, pieces)


def _check_java_options(place: str, pieces: Pieces) -> None:
    for word in words(pieces):
        if word[0].parameter is not None:
            raise refusal(word[0], place, "would begin an option of Java's, which only the template can do,")
    for piece in given(pieces):
        if _JAVA.search(piece.text):
            raise refusal(piece, place, "holds white space, a quote or a backslash, and would not stay one option")


def _is_split(name: str) -> bool:
    if name in _TEXTS:
        return False
    for prefix in _VARIABLES:
        if name.startswith(prefix):
            variable = name.removeprefix(prefix)
            return variable.startswith(_OWN_VARIABLES) or variable.endswith(("path", *_JAVA_ENDINGS))
    return not name.startswith("spark.") or _SPARK.fullmatch(name.split(".")[1]) is not None


def check_expansions(place: str, pieces: Pieces) -> None:
    """Checks that the values make nothing that Spark or Kubernetes expands.

    Raises:
        ValidationException: one does.
    """
    whole = joined(pieces)
    for mark in EXPANSIONS:
        own = sum(piece.text.count(mark) for piece in pieces if piece.parameter is None)
        if whole.count(mark) > own:
            raise refusal(_culprit(pieces, mark), place, f"would make {mark!r}, which is expanded there,")


def _culprit(pieces: Pieces, mark: str) -> Piece:
    values = given(pieces)
    whole = [piece for piece in values if mark in piece.text]
    half = [piece for piece in values if piece.text.endswith(mark[0]) or piece.text.startswith(mark[1])]
    return [*whole, *half, *values][0]


def check_segments(place: str, pieces: Pieces) -> None:
    """Checks that the values make no segment of a path that leads elsewhere.

    Raises:
        ValidationException: one does.
    """

    def dots(text: str) -> int:
        return sum(segment in (".", "..") for segment in re.split(r"[/\\]", unquote(text)))

    own = "".join(piece.text if piece.parameter is None else "x" for piece in pieces)
    if dots(joined(pieces)) > dots(own):
        raise refusal(given(pieces)[0], place, "would make the segment '.' or '..' of a path")
