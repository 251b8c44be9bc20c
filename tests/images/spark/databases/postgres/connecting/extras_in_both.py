"""Runs inside the image `spark`: what Python and Java make of the extras in argument 3, JSON; JSON answers."""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from longshore_spark.databases.postgres.connecting.extras import driver_properties
from longshore_spark.exceptions import ConnectionSettingsError
from py4j.protocol import Py4JJavaError
from pyspark.java_gateway import launch_gateway

folder = Path(sys.argv[2])
jvm = launch_gateway().jvm
reader = jvm.com.fasterxml.jackson.databind.ObjectMapper()


def python(extra):
    try:
        return driver_properties("flights_db", extra, folder)
    except ConnectionSettingsError as error:
        return str(error)


def java(extra):
    try:
        path = jvm.java.io.File(str(folder)).toPath()
        return dict(
            jvm.dev.longshore.lake.ConnectionExtras.driverProperties(
                "flights_db", reader.readTree(json.dumps(extra)), path
            )
        )
    except Py4JJavaError as error:
        return error.java_exception.getMessage()


extras = json.loads(sys.argv[3])
sys.stdout.write(json.dumps({"python": [python(one) for one in extras], "java": [java(one) for one in extras]}) + "\n")
