"""What a user says about mail that lies in files: mbox files, Maildir folders."""

from pathlib import Path

from pydantic import Field

from tiketti_migrate_mail.options import MailOptions

__all__ = ["FileOptions", "MaildirOptions", "MboxOptions"]


class FileOptions(MailOptions):
    """Which folders of those that are found."""

    folder: tuple[str, ...] = Field(
        default=(),
        description="Only folders of this name (Sent, Projects/*). May be repeated; without it all are read"
        " but drafts, junk and trash.",
    )
    all_folders: bool = Field(default=False, description="Drafts, junk and trash are read, too.")


class MboxOptions(FileOptions):
    """Where the mbox files lie."""

    paths: tuple[Path, ...] = Field(
        min_length=1,
        description="mbox files, or folders with them as Thunderbird, Apple Mail and others keep or export"
        " them; Google Takeout (.zip, .tgz); single mails (.eml). Packed ones (.gz) are read as they are.",
    )


class MaildirOptions(FileOptions):
    """Where the Maildir folders lie."""

    paths: tuple[Path, ...] = Field(
        min_length=1, description="Maildir folders, with those below them (.Sent, Projects/2024)."
    )
