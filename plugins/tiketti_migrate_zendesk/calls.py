"""Voice comments: what is known of a call in words that a reader understands."""

import re
from collections.abc import Mapping

from tiketti_migrate_zendesk.fields import Fields
from tiketti_migrate_zendesk.references import References
from tiketti_migrate_zendesk.values import as_text, number

__all__ = ["Call", "call_of", "recording_name"]

_WEB = re.compile(r"https?://", re.IGNORECASE)
_ENDING = re.compile(r"\.(mp3|wav|ogg|m4a)(?:[?#]|$)", re.IGNORECASE)


class Call:
    """The call of a voice comment: ``lines`` about it, and where its sound is."""

    def __init__(self, data: Fields, references: References) -> None:
        self._data = data
        self._references = references
        self.lines: list[str] = []
        self._tell()
        address = data.line("recording_url")
        self.recording = address if address is not None and _WEB.match(address) else None
        if address is not None and self.recording is None:
            data.warn("the address of the recording leads nowhere in the web")
            data.keep("recording_url")

    def said_beside(self, body: str) -> str:
        """Everything about the call, and what the comment says itself."""
        return "\n".join(["Phone call", *self.lines, *([f"\n{body}"] if body.strip() else [])])

    @property
    def warnings(self) -> list[str]:
        """What could not be read."""
        return self._data.warnings

    def rest(self) -> dict[str, str]:
        """What is left, as it is kept beside a message."""
        found = self._data.rest()
        return {"data": as_text(found)} if found else {}

    def _tell(self) -> None:
        data = self._data
        caller, called = data.line("from"), data.line("to")
        started = data.moment("started_at")
        # Its type is not the same in all exports: seconds as a number or as text.
        seconds = number(data.raw.get("call_duration"))
        if seconds is not None and seconds >= 0:
            data.drop("call_duration")
        agent_id, agent = data.identifier("answered_by_id"), data.line("answered_by_name")
        if agent is None and agent_id is not None:
            agent = self._references.name(agent_id)
        data.drop("transcription_status", "call_id")
        for title, found in (
            ("From", caller),
            ("To", called),
            ("Started", f"{started:%Y-%m-%d %H:%M:%S} UTC" if started else None),
            ("Duration", _lasted(seconds)),
            ("Answered by", agent),
            ("Location", data.line("location")),
            ("Transcript", data.text("transcription_text")),
        ):
            if found:
                self.lines.append(f"{title}: {found}")


def call_of(fields: Fields, references: References) -> Call | None:
    """The call in a comment, None where it is no voice comment."""
    data = fields.raw.get("data")
    if "VoiceComment" not in str(fields.raw.get("type")) or not isinstance(data, Mapping):
        return None
    fields.drop("type", "data", "formatted_from", "formatted_to", "transcription_visible", "trusted")
    return Call(Fields(data), references)


def recording_name(address: str) -> str:
    """A name for the sound of a call."""
    ending = _ENDING.search(address)
    return f"call-recording.{ending[1].lower()}" if ending else "call-recording"


def _lasted(seconds: int | None) -> str | None:
    if seconds is None or seconds < 0:
        return None
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
