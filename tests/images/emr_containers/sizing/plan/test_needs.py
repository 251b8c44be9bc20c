import pytest
from emr_containers.sizing.plan.needs import collection_factor, need_of
from emr_containers.sizing.profile import Peaks

MIB = 1 << 20


@pytest.mark.parametrize(
    ("share", "factor"), [(-1.0, 0.6), (0.0, 0.6), (0.035, 0.775), (0.1, 1.0), (1.0, 1.5), (9.0, 1.5)]
)
def test_the_less_the_collector_ran_the_more_of_the_heap_was_garbage(share: float, factor: float) -> None:
    assert collection_factor(share) == pytest.approx(factor)


def test_a_lazy_collectors_heap_counts_in_part_and_sparks_own_memory_in_full() -> None:
    garbage = need_of(Peaks(heap=4000 * MIB, unified=300 * MIB), given_heap=4096, gc_share=0.0)
    cached = need_of(Peaks(heap=4000 * MIB, unified=2400 * MIB), given_heap=4096, gc_share=0.0)
    assert garbage is not None
    assert cached is not None
    assert garbage.heap == pytest.approx(0.6 * 4000)
    assert cached.heap == pytest.approx(300 + 2400 / 0.6)


def test_python_is_outside_of_the_heap() -> None:
    need = need_of(
        Peaks(heap=1000 * MIB, non_heap=100 * MIB, jvm_rss=1300 * MIB, python_rss=700 * MIB),
        given_heap=1024,
        gc_share=0,
    )
    assert need is not None
    # What the process has beyond its whole heap, 276 MiB, is more than the parts that it names.
    assert need.overhead == pytest.approx(1300 - 1024 + 700)


def test_fewer_executors_have_more_of_the_cached_data_each() -> None:
    peaks = Peaks(heap=1000 * MIB, unified=600 * MIB)
    alone, both = (need_of(peaks, given_heap=4096, gc_share=0, shared_by=share) for share in (2.0, 1.0))
    assert alone is not None
    assert both is not None
    assert alone.heap > both.heap


def test_a_log_without_metrics_says_nothing() -> None:
    assert need_of(Peaks(jvm_rss=1), given_heap=1024, gc_share=0) is None
