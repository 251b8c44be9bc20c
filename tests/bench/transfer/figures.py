"""From the runs to what is printed: one JSON object. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Run:
    """A whole process, with all that it started."""

    seconds: float
    cpu_seconds: float
    """Processor time without the database's."""
    peak_mib: float
    """The most memory of all its processes together (PSS)."""


def figures(runs: Mapping[str, Sequence[Run]], *, rows: int) -> dict[str, float | None]:
    """Returns the figures of the medians; None for what was not run.

    Args:
        runs: by program: `copy`, `many`, `spark`, `dlt`, `connectorx`, `nowhere`, `naive`, `small`, `ten`,
            `back`, `jdbc`.
        rows: of the large table; `many` has ten times as many.
    """

    def seconds(program: str) -> float | None:
        return round(median(run.seconds for run in runs[program]), 2) if runs.get(program) else None

    def cpu(program: str) -> float | None:
        return median(run.cpu_seconds for run in runs[program]) if runs.get(program) else None

    def peak(program: str) -> int | None:
        return round(max(run.peak_mib for run in runs[program])) if runs.get(program) else None

    ours, dlt, all_cpu, start_cpu = seconds("copy"), seconds("dlt"), cpu("copy"), cpu("small")
    back, jdbc = seconds("back"), seconds("jdbc")
    return {
        "rows": rows,
        "ours_s": ours,
        "ours_spark_s": seconds("spark"),
        "dlt_s": dlt,
        "connectorx_parquet_s": seconds("connectorx"),
        "copy_s": seconds("nowhere"),
        "naive_spark_s": seconds("naive"),
        "speedup_over_dlt": round(dlt / ours, 2) if dlt and ours else None,
        "rows_per_s": round(rows / ours) if ours else None,
        "cpu_s_per_million": round(all_cpu / rows * 1e6, 2) if all_cpu else None,
        "cpu_s_per_million_without_start": (
            round((all_cpu - start_cpu) / rows * 1e6, 2) if all_cpu and start_cpu else None
        ),
        f"peak_mib_{_short(rows)}": peak("copy"),
        f"peak_mib_{_short(10 * rows)}": peak("many"),
        "small_table_s": seconds("small"),
        "ten_tables_s": seconds("ten"),
        "to_postgres_s": back,
        "to_postgres_jdbc_s": jdbc,
        "to_postgres_speedup": round(jdbc / back, 2) if jdbc and back else None,
    }


def _short(rows: int) -> str:
    """Returns a number of rows as in `5m` or `100k`."""
    return f"{rows // 1_000_000}m" if rows >= 1_000_000 else f"{rows // 1000}k"
