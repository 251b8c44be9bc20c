from longshore.submission.overrides import merged_overrides, own_log_uri


def test_an_argument_is_never_changed() -> None:
    given = {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.a": "1"}}]}
    merged = merged_overrides(given, {"spark.b": "2"}, log_uri="s3://b/logs")
    assert merged["applicationConfiguration"][0]["properties"] == {"spark.a": "1", "spark.b": "2"}
    assert given == {"applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.a": "1"}}]}


def test_other_monitoring_than_the_place_of_logs_keeps_the_connections_place() -> None:
    given = {"monitoringConfiguration": {"persistentAppUI": "DISABLED"}}
    merged = merged_overrides(given, {}, log_uri="s3://b/logs")
    assert merged["monitoringConfiguration"] == {
        "s3MonitoringConfiguration": {"logUri": "s3://b/logs"},
        "persistentAppUI": "DISABLED",
    }
    assert own_log_uri(given) is None
