"""A refusal has the API server's own words."""

from longshore_libs.exceptions import KubernetesError, LibsError, NoClusterError, TokenError


def test_a_refusal_says_its_reason_and_its_message() -> None:
    assert str(KubernetesError(status=404, reason="NotFound", message='pods "a" not found')) == (
        'NotFound: pods "a" not found'
    )
    assert str(KubernetesError(status=502, reason="", message="no form")) == "502: no form"


def test_a_missing_token_may_be_tried_again_like_a_connection_that_is_lost() -> None:
    assert issubclass(TokenError, OSError)
    assert not issubclass(NoClusterError, OSError)
    assert all(issubclass(error, LibsError) for error in (KubernetesError, NoClusterError, TokenError))
