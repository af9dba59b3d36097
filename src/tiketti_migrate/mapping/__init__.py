"""The mapping file: which column is which field, what its words mean, and what stays out.

``read_mapping`` reads and checks one; ``MappingFile.rules`` gives the compiled rules for a kind of record.
"""

from tiketti_migrate.mapping.mistakes import nearest
from tiketti_migrate.mapping.model import EXTRA, IGNORE, MAPPED_KINDS, MappedKind
from tiketti_migrate.mapping.patterns import BadCell
from tiketti_migrate.mapping.reading import MappingFile, parse_mapping, read_mapping
from tiketti_migrate.mapping.rules import Rules

__all__ = [
    "EXTRA",
    "IGNORE",
    "MAPPED_KINDS",
    "BadCell",
    "MappedKind",
    "MappingFile",
    "Rules",
    "nearest",
    "parse_mapping",
    "read_mapping",
]
