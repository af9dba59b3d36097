"""Logging: JSON lines into a file, plain lines with -v, and secrets in neither."""

import logging
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from pythonjsonlogger.json import JsonFormatter

from tiketti_migrate.errors import UsageError

__all__ = ["SECRETS", "start_logging"]

SECRETS = (
    *("TIKETTI_TOKEN", "TIKETTI_REFRESH_TOKEN", "TIKETTI_PASSWORD"),
    *("TIKETTI_IMAP_PASSWORD", "TIKETTI_IMAP_TOKEN", "ZENDESK_API_TOKEN", "ZENDESK_OAUTH_TOKEN"),
)
# Bearer values (RFC 6750) and anything shaped like a JWT (RFC 7519), wherever it came from.
_TOKEN = re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]+")


class _Redacting(logging.Filter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        record.msg, record.args = _TOKEN.sub("[secret]", text), ()
        if record.exc_info:
            # A traceback may quote what must not be quoted; its type is enough to look further.
            kind = record.exc_info[0]
            record.msg += f" ({kind.__name__ if kind else 'error'})"
            record.exc_info = None
        return True


def start_logging(verbose: int, log_file: Path | None) -> None:
    """Handlers as asked for. Raises UsageError when the file cannot be written."""
    redacting = _Redacting(os.environ.get(name, "") for name in SECRETS)
    handlers: list[logging.Handler] = []
    if verbose:
        console = logging.StreamHandler(sys.stderr)
        console.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
        console.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
        handlers.append(console)
    if log_file is not None:
        handlers.append(_file_handler(log_file))
    for handler in handlers:
        handler.addFilter(redacting)
    root = logging.getLogger()
    root.handlers[:] = handlers or [logging.NullHandler()]
    root.setLevel(logging.DEBUG if verbose > 1 or log_file else logging.INFO)
    # Headers, and with them the token, appear in the transport's own debug records.
    for name in ("httpcore", "hpack"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.INFO if verbose > 1 or log_file else logging.WARNING)


def _file_handler(path: Path) -> logging.Handler:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the log file cannot be written: {error.strerror}", where=str(path)) from error
    handler.setFormatter(
        JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields={"levelname": "level"})
    )
    return handler
