import pytest
from longshore.bundles.web_address import web_address


@pytest.mark.parametrize(
    ("url", "subdir", "address"),
    [
        ("https://github.com/example/dags.git", "", "https://github.com/example/dags/tree/{version}"),
        ("https://github.com/example/dags/", "team/a b", "https://github.com/example/dags/tree/{version}/team/a%20b"),
        ("https://robot@git.example:8443/dags", "x", "https://git.example:8443/dags/tree/{version}/x"),
        ("https://gitlab.example/team/dags.git", "x", "https://gitlab.example/team/dags/-/tree/{version}/x"),
        ("https://bitbucket.org/team/dags", "x", "https://bitbucket.org/team/dags/src/{version}/x"),
        ("git://git.longshore:9418/dags.git", "dags", None),
        ("file:///srv/git/dags.git", "dags", None),
        ("https://host/{password}", "", None),
    ],
)
def test_page_of_a_commit(url: str, subdir: str, address: str | None) -> None:
    assert web_address(url, subdir=subdir) == address


def test_airflow_makes_a_link_of_it(metadata_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.bundles.manager import _is_safe_bundle_url, _sign_bundle_url
    from airflow.models.dagbundle import DagBundleModel

    address = web_address("https://github.com/example/dags", subdir="dags")
    assert address is not None
    assert _is_safe_bundle_url(address)
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "k" * 43 + "=")
    model = DagBundleModel(name="main")
    model.signed_url_template = _sign_bundle_url(address, "main")
    assert model.render_url(version="abc") == "https://github.com/example/dags/tree/abc/dags"
