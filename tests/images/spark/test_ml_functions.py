"""MLlib's internal functions in a real session of Spark: for the jobs that use them, without a cost for others."""

import json
import os
import subprocess
from pathlib import Path

SPARK_SUBMIT = Path(__file__).parents[3] / "images/spark/bin/spark-submit"
_JOB = """
import json
from pyspark.sql import Column, SparkSession
from pyspark.sql.functions import array, lit

def registered():
    with open("classes") as loaded:
        return "org.apache.spark.sql.ml.InternalFunctionRegistration$ " in loaded.read()

spark = SparkSession.builder.getOrCreate()
spark.range(1).collect()
before = registered()
functions = spark._jvm.org.apache.spark.ml.functions
vector = functions.array_to_vector(array(lit(1.0), lit(2.5))._jc)
numbers = Column(functions.vector_to_array(vector, "float32"))
summary = Column(spark._jvm.org.apache.spark.ml.stat.Summarizer.mean(vector))
other = spark.newSession()
rows = [session.range(1).select(numbers).first()[0] for session in (spark, other)]
mean = spark.range(4).agg(summary.alias("mean")).selectExpr("string(mean)").first()[0]
print("FOUND", json.dumps({"before": before, "rows": rows, "mean": mean, "after": registered()}))
"""


def test_mllibs_functions_are_registered_when_a_job_uses_them_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text(_JOB)
    conf = ("spark.ui.enabled=false", "spark.driver.extraJavaOptions=-Xlog:class+load:file=classes")
    done = subprocess.run(
        [SPARK_SUBMIT, "--master", "local[1]", *(word for each in conf for word in ("--conf", each)), "job.py"],
        cwd=tmp_path,
        env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = [line.removeprefix("FOUND ") for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert found, done.stdout + done.stderr
    assert json.loads(found[0]) == {
        "before": False,
        "rows": [[1.0, 2.5], [1.0, 2.5]],
        "mean": "[1.0,2.5]",
        "after": True,
    }
