import pytest
from emr_containers.sizing.plan.growth import expected_input, exponent_of, growth_factor
from hypothesis import given
from hypothesis import strategies as st


def test_the_exponent_is_that_of_most_pairs_whatever_one_run_did() -> None:
    assert exponent_of([(n, 100.0 * n) for n in (1, 2, 4, 8)]) == pytest.approx(1.0)
    assert exponent_of([(n, 100.0) for n in (1, 2, 4, 8)]) == 0.0
    assert exponent_of([(1, 10.0), (2, 20.0), (4, 40.0), (8, 80.0), (16, 160.0), (32, 1.0)]) == pytest.approx(1.0)


def test_it_is_in_proportion_where_nothing_is_known() -> None:
    assert exponent_of([]) == exponent_of([(1, 1.0)]) == exponent_of([(0, 5.0), (3, 5.0), (3, 9.0)]) == 1.0


@given(st.lists(st.tuples(st.integers(0, 1 << 60), st.floats(0, 1e15)), max_size=10), st.floats(1, 1e6))
def test_it_does_not_depend_on_the_unit_of_the_peaks(points: list[tuple[int, float]], factor: float) -> None:
    larger = [(size, peak * factor) for size, peak in points]
    whole = [peak > 1e-200 or peak == 0 for _, peak in points]
    if all(whole):
        assert exponent_of(larger) == pytest.approx(exponent_of(points), abs=1e-6)


def test_the_next_input_is_one_step_further_or_the_largest_of_late() -> None:
    assert expected_input([]) == expected_input([0, -3]) == 0
    assert expected_input([100]) == 100
    assert expected_input([100, 140]) == 180
    assert expected_input([900, 200, 100, 80]) == 200
    assert expected_input([100, 0, 120]) == 140


def test_a_factor_is_bounded_and_one_where_an_input_is_unknown() -> None:
    assert growth_factor(1, expected=1000, exponent=1.0) == 4.0
    assert growth_factor(1000, expected=1, exponent=1.0) == 0.25
    assert growth_factor(100, expected=200, exponent=0.0) == 1.0
    assert growth_factor(0, expected=5, exponent=1.0) == growth_factor(5, expected=0, exponent=1.0) == 1.0
