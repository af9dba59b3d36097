"""The ledger, the only package that speaks SQL."""

from tiketti_migrate.store.changes import Back, Change, Claim, Done, Doubt, Failed, Skipped
from tiketti_migrate.store.choices import LabelPrice, LeftByChoice
from tiketti_migrate.store.files import BASE_URL, FilesTally, Mode, Waiting
from tiketti_migrate.store.lanes import LaneOrder, Shape
from tiketti_migrate.store.ledger import Ledger
from tiketti_migrate.store.links import LinkedTicket
from tiketti_migrate.store.outlook import Failing, Loss, Merge
from tiketti_migrate.store.packing import Packed
from tiketti_migrate.store.rows import Row
from tiketti_migrate.store.spool import Spool
from tiketti_migrate.store.staff import AgentLoad, StaffMember
from tiketti_migrate.store.views import Changed, Failure, Mapped, Preview, Tally, tickets_first
from tiketti_migrate.store.workspace import Workspace

__all__ = [
    "BASE_URL",
    "AgentLoad",
    "Back",
    "Change",
    "Changed",
    "Claim",
    "Done",
    "Doubt",
    "Failed",
    "Failing",
    "Failure",
    "FilesTally",
    "LabelPrice",
    "LaneOrder",
    "Ledger",
    "LeftByChoice",
    "LinkedTicket",
    "Loss",
    "Mapped",
    "Merge",
    "Mode",
    "Packed",
    "Preview",
    "Row",
    "Shape",
    "Skipped",
    "Spool",
    "StaffMember",
    "Tally",
    "Waiting",
    "Workspace",
    "tickets_first",
]
