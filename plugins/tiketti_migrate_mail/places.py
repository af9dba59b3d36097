"""How far a mailbox was read: the cursor that is kept with what was read until then."""

from pydantic import BaseModel, ConfigDict, ValidationError

from tiketti_migrate_mail.mailbox import Folder

__all__ = ["Places"]


class _Place(BaseModel):
    """Mails with higher numbers are still to be read, as long as the numbers mean the same mails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    validity: str
    uid: int


class Places(BaseModel):
    """By key of the folder."""

    model_config = ConfigDict(extra="forbid")

    folders: dict[str, _Place] = {}

    @classmethod
    def read(cls, cursor: str | None) -> "Places":
        """What a cursor says; nothing was read where it says nothing that is understood."""
        if cursor is None:
            return cls()
        try:
            return cls.model_validate_json(cursor)
        except ValidationError:
            return cls()

    def reached(self, folder: Folder) -> int:
        """Up to this uid everything is read; 0 when nothing is, or the numbers mean others now."""
        place = self.folders.get(folder.key)
        return place.uid if place is not None and place.validity == folder.validity else 0

    def reach(self, folder: Folder, uid: int) -> None:
        """Everything up to ``uid`` was yielded."""
        self.folders[folder.key] = _Place(validity=folder.validity, uid=uid)

    def cursor(self) -> str:
        """As a checkpoint keeps it."""
        return self.model_dump_json()
