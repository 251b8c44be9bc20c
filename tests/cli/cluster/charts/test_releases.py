from longshore_cli.cluster.charts.releases import Settings, image_settings, options


def test_an_image_is_named_by_registry_repository_and_tag() -> None:
    assert image_settings({"spark": "abc"}, {"history.image": "spark"}) == {
        "history.image.registry": "localhost:5001",
        "history.image.repository": "longshore/spark",
        "history.image.tag": "abc",
    }


def test_texts_and_booleans_keep_their_types() -> None:
    settings: Settings = {
        "history.image.tag": "12",
        "yunikorn.enabled": True,
        "s3.enabled": False,
        "server.policies": {"A,B": ["c=d"]},
    }
    assert options(settings) == [
        *("--set-string", "history.image.tag=12"),
        *("--set", "yunikorn.enabled=true"),
        *("--set", "s3.enabled=false"),
        *("--set-json", 'server.policies={"A,B": ["c=d"]}'),
    ]
