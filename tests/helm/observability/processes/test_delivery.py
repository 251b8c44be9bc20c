"""Every line of a container's log is found in the store, whatever is killed, rotated or away meanwhile."""

from helm.observability.processes.pod_log import PodLog
from helm.observability.processes.stack import Stack
from support.components import Component
from support.waiting import until

LINES = 24_000
CANARY = "fee1dead-canary"
STREAM = '{k8s.namespace.name="jobs"}'


def started(stack: Stack) -> tuple[Component, Component]:
    store, collector = stack.component("logs"), stack.component("collector")
    stack.start(store, f"{stack.url(9428)}/health")
    stack.start(collector, stack.url(13133))
    return store, collector


def test_no_line_is_lost_while_collector_and_store_are_killed_and_the_log_is_rotated(stack: Stack) -> None:
    store, collector = started(stack)
    log = PodLog(stack.pods)
    try:
        for first in range(0, LINES, 1000):
            log.write(*(f"line {number} of the driver" for number in range(first, first + 1000)))
            match first // 1000:
                case 3 | 13:
                    if first == 3000:
                        until("some lines are found", lambda: stack.count(f"{STREAM} | stats count() all")["all"])
                    collector.kill()
                    log.rotate()  # what is left is in the rotated file, and nobody reads
                case 5 | 15:
                    stack.start(collector, stack.url(13133))
                case 8:
                    store.stop()  # the collector keeps what it reads
                case 10:
                    collector.kill()
                    stack.start(collector, stack.url(13133))
                case 18:
                    stack.start(store, f"{stack.url(9428)}/health")
                case 20 | 22:
                    log.rotate()  # while it is read
        query = f'{STREAM} | extract "line <n> of" from _msg | stats count_uniq(n) lines, count() all'
        found = until(
            lambda: f"all lines are found: {stack.count(query)}; {collector.log.read_text()[-3000:]}",
            lambda: (now := stack.count(query))["lines"] == LINES and now,
        )
        # At least once: what was under way when the collector was killed may come twice, and not more often.
        assert found["all"] < 2 * LINES
    finally:
        collector.stop()
        store.stop()


def test_a_line_is_found_by_its_pod_in_one_piece_and_without_its_secrets(stack: Stack) -> None:
    store, collector = started(stack)
    log = PodLog(stack.pods)
    secrets = {
        f"connecting with password={CANARY} as ann": "connecting with password=[redacted] as ann",
        f'{{"user": "ann", "password": "{CANARY}"}}': '{"user": "ann", "password": "[redacted]"}',
        f"AWS_SECRET_ACCESS_KEY={CANARY}": "AWS_SECRET_ACCESS_KEY=[redacted]",
        f"session_token: {CANARY}, region: x": "session_token: [redacted], region: x",
        f"Authorization: Bearer {CANARY}": "Authorization: Bearer [redacted]",
        f"postgresql://ann:{CANARY}@platform-db:5432/airflow": "postgresql://ann:[redacted]@platform-db:5432/airflow",
    }
    kept = ["the password is wrong", "client_token 17 and Secret s3-credentials", "key=value"]
    long = f"long {'x' * 40_000} end"
    try:
        log.write(*secrets, *kept, long)
        wanted = len(secrets) + len(kept) + 1
        until(
            lambda: f"all lines are found; {collector.log.read_text()[-3000:]}",
            lambda: stack.count(f"{STREAM} | stats count() all")["all"] == wanted,
        )
        rows = stack.rows(f'k8s.pod.name:="{log.pod}" k8s.container.name:="spark-kubernetes-driver"')
        assert {row["_msg"] for row in rows} == {*secrets.values(), *kept, long}
        assert stack.rows(f'"{CANARY}"') == []
    finally:
        collector.stop()
        store.stop()
    on_disk = [path for path in stack.folder.rglob("*") if path.is_file() and stack.pods not in path.parents]
    # The receiver knows a file again by its first thousand bytes. They stay on the node that has the file itself.
    on_disk = [path for path in on_disk if not path.name.startswith("receiver_filelog")]
    assert any(path.name.startswith("exporter_") for path in on_disk)
    assert [path for path in on_disk if CANARY.encode() in path.read_bytes()] == []
