"""The events of an event log that say something of sizes, and the members that are read of them. Pure.

A line begins with its event's name, so a line of any other event is not parsed. msgspec skips all other members of
those that are, without making objects of them. Source: Spark 3.5 and 4.1, JsonProtocol; a member that one of them lacks
has a default.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

_HEAD = b'{"Event":"'
_Count = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class Metrics(Struct, gc=False):
    """The peaks of a process. -1 stands for "unknown"."""

    heap: _Count = field(name="JVMHeapMemory", default=0)
    non_heap: _Count = field(name="JVMOffHeapMemory", default=0)
    unified: _Count = field(name="OnHeapUnifiedMemory", default=0)
    storage: _Count = field(name="OnHeapStorageMemory", default=0)
    off_heap_unified: _Count = field(name="OffHeapUnifiedMemory", default=0)
    direct: _Count = field(name="DirectPoolMemory", default=0)
    mapped: _Count = field(name="MappedPoolMemory", default=0)
    jvm_rss: _Count = field(name="ProcessTreeJVMRSSMemory", default=0)
    python_rss: _Count = field(name="ProcessTreePythonRSSMemory", default=0)
    other_rss: _Count = field(name="ProcessTreeOtherRSSMemory", default=0)
    gc_ms: _Count = field(name="TotalGCTime", default=0)


class LogStart(Struct):
    version: str = field(name="Spark Version", default="")


class Environment(Struct):
    properties: dict[str, Any] | list[list[str]] = field(name="Spark Properties", default_factory=dict)


class ApplicationStart(Struct):
    id: str | None = field(name="App ID", default=None)
    time: _Count = field(name="Timestamp", default=0)


class ApplicationEnd(Struct):
    time: _Count = field(name="Timestamp", default=0)


class ExecutorInfo(Struct):
    cores: _Count = field(name="Total Cores", default=0)


class ExecutorAdded(Struct):
    time: _Count = field(name="Timestamp", default=0)
    executor: str = field(name="Executor ID", default="")
    info: ExecutorInfo = field(name="Executor Info", default_factory=ExecutorInfo)


class ExecutorRemoved(Struct):
    time: _Count = field(name="Timestamp", default=0)
    executor: str = field(name="Executor ID", default="")
    reason: str = field(name="Removed Reason", default="")


class StageMetrics(Struct):
    executor: str = field(name="Executor ID", default="")
    stage: _Count = field(name="Stage ID", default=-1)
    metrics: Metrics = field(name="Executor Metrics", default_factory=Metrics)


class StageUpdate(Struct):
    metrics: Metrics = field(name="Executor Metrics", default_factory=Metrics)


class MetricsUpdate(Struct):
    executor: str = field(name="Executor ID", default="")
    updates: list[StageUpdate] = field(name="Executor Metrics Updated", default_factory=list)


class EndReason(Struct):
    reason: str = field(name="Reason", default="")
    exception: str = field(name="Class Name", default="")
    description: str = field(name="Description", default="")
    loss: str | None = field(name="Loss Reason", default=None)


class TaskStart(Struct, gc=False):
    stage: _Count = field(name="Stage ID", default=-1)


class TaskInfo(Struct, gc=False):
    executor: str = field(name="Executor ID", default="")
    launched: _Count = field(name="Launch Time", default=0)
    finished: _Count = field(name="Finish Time", default=0)


class ShuffleRead(Struct, gc=False):
    remote: _Count = field(name="Remote Bytes Read", default=0)
    local: _Count = field(name="Local Bytes Read", default=0)


class ShuffleWritten(Struct, gc=False):
    written: _Count = field(name="Shuffle Bytes Written", default=0)


class Input(Struct, gc=False):
    read: _Count = field(name="Bytes Read", default=0)
    records: _Count = field(name="Records Read", default=0)


class Output(Struct, gc=False):
    written: _Count = field(name="Bytes Written", default=0)


class TaskMetrics(Struct):
    run_ms: _Count = field(name="Executor Run Time", default=0)
    cpu_ns: _Count = field(name="Executor CPU Time", default=0)
    gc_ms: _Count = field(name="JVM GC Time", default=0)
    execution: _Count = field(name="Peak Execution Memory", default=0)
    spilled_memory: _Count = field(name="Memory Bytes Spilled", default=0)
    spilled_disk: _Count = field(name="Disk Bytes Spilled", default=0)
    shuffle_read: ShuffleRead = field(name="Shuffle Read Metrics", default_factory=ShuffleRead)
    shuffle_written: ShuffleWritten = field(name="Shuffle Write Metrics", default_factory=ShuffleWritten)
    input: Input = field(name="Input Metrics", default_factory=Input)
    output: Output = field(name="Output Metrics", default_factory=Output)


class TaskEnd(Struct):
    stage: _Count = field(name="Stage ID", default=-1)
    end: EndReason = field(name="Task End Reason", default_factory=EndReason)
    info: TaskInfo = field(name="Task Info", default_factory=TaskInfo)
    peaks: Metrics | None = field(name="Task Executor Metrics", default=None)
    metrics: TaskMetrics | None = field(name="Task Metrics", default=None)


class JobResult(Struct):
    result: str = field(name="Result", default="")


class JobEnd(Struct):
    time: _Count = field(name="Completion Time", default=0)
    result: JobResult = field(name="Job Result", default_factory=JobResult)


Event = (
    LogStart
    | Environment
    | ApplicationStart
    | ApplicationEnd
    | ExecutorAdded
    | ExecutorRemoved
    | StageMetrics
    | MetricsUpdate
    | TaskStart
    | TaskEnd
    | JobEnd
)

_DECODERS: dict[bytes, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind)
    for name, kind in {
        b"SparkListenerLogStart": LogStart,
        b"SparkListenerEnvironmentUpdate": Environment,
        b"SparkListenerApplicationStart": ApplicationStart,
        b"SparkListenerApplicationEnd": ApplicationEnd,
        b"SparkListenerExecutorAdded": ExecutorAdded,
        b"SparkListenerExecutorRemoved": ExecutorRemoved,
        b"SparkListenerStageExecutorMetrics": StageMetrics,
        b"SparkListenerExecutorMetricsUpdate": MetricsUpdate,
        b"SparkListenerTaskStart": TaskStart,
        b"SparkListenerTaskEnd": TaskEnd,
        b"SparkListenerJobEnd": JobEnd,
    }.items()
}


class UnreadableLineError(Exception):
    """A line is no event."""


def read_event(line: bytes) -> Event | None:
    """Returns the event of a line; None if it says nothing of sizes.

    Raises:
        UnreadableLineError: it is no event, or a part of one.
    """
    if not line.startswith(_HEAD) or not line.endswith(b"}"):
        raise UnreadableLineError
    decoder = _DECODERS.get(line[len(_HEAD) : line.find(b'"', len(_HEAD))])
    if decoder is None:
        return None
    try:
        event: Event = decoder.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableLineError from error
    return event
