"""The interfaces that plugins implement: a source yields records, a sink writes them one by one.

Both declare ``name`` and ``Options`` (a pydantic model: its fields are the CLI flags, TOML keys and Python
arguments). The contract suites in ``tiketti_migrate.testing`` check what is written here.
"""

from tiketti_migrate.api.sink import (
    Absent,
    Admission,
    Created,
    Difference,
    Existing,
    Found,
    Inconclusive,
    Lookup,
    Needs,
    Notice,
    Person,
    PracticeTarget,
    Refs,
    Remedy,
    Sink,
    SinkContext,
    Standing,
)
from tiketti_migrate.api.source import (
    Checkpoint,
    Draft,
    DraftColumn,
    DraftTable,
    DraftWord,
    Extracted,
    LeftOut,
    NoOptions,
    Problem,
    RecordFields,
    Source,
)

__all__ = [
    "Absent",
    "Admission",
    "Checkpoint",
    "Created",
    "Difference",
    "Draft",
    "DraftColumn",
    "DraftTable",
    "DraftWord",
    "Existing",
    "Extracted",
    "Found",
    "Inconclusive",
    "LeftOut",
    "Lookup",
    "Needs",
    "NoOptions",
    "Notice",
    "Person",
    "PracticeTarget",
    "Problem",
    "RecordFields",
    "Refs",
    "Remedy",
    "Sink",
    "SinkContext",
    "Source",
    "Standing",
]
