"""For authors of plugins: contract suites to subclass, and a source and a sink in memory."""

from tiketti_migrate.testing.contracts import SinkContract, SourceContract
from tiketti_migrate.testing.memory import ListSource, MemorySink

__all__ = ["ListSource", "MemorySink", "SinkContract", "SourceContract"]
