"""Whatever goes wrong on an IMAP connection, as an error that says what to do; never a traceback.

What passes (a server that is gone, busy or throttles) is SourceUnreachable: reading can go on later.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from imaplib import IMAP4

from tiketti_migrate.errors import MigrationError, SourceError, SourceUnreachable, UsageError
from tiketti_migrate.http import shortened
from tiketti_migrate_mail.imap_retry import is_passing
from tiketti_migrate_mail.imap_tls import tls_failure

__all__ = ["for_people", "without", "words_of"]

# What libraries raise over answers that no server should give.
_GARBLED = (ValueError, TypeError, LookupError, AttributeError, MemoryError, RecursionError)
_SHORTEST_HIDDEN = 3
# imaplib's own words around those of the server.
_AROUND = re.compile(r"(?:command: )?[A-Z]{2,20} (?:command error: BAD|=>) (.*)", re.DOTALL)
_BYTES = re.compile(r"\[?b(?P<quote>['\"])(.*)(?P=quote)\]?", re.DOTALL)


def words_of(error: BaseException) -> str:
    """What the server said, on one line, without what imaplib adds to it."""
    given = error.args[0] if error.args else ""
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else str(given)
    text = text[:2000]
    if around := _AROUND.fullmatch(text):
        text = around[1]
    if quoted := _BYTES.fullmatch(text):
        text = quoted[2]
    return shortened(re.sub(r"^\* (?:BYE|NO|BAD) ?", "", text), 300)


def without(secrets: Iterable[str], words: str) -> str:
    """Words of a server that repeats what it was sent. Of a very short secret each letter would be told."""
    for secret in secrets:
        if len(secret) > _SHORTEST_HIDDEN:
            words = words.replace(secret, "***")
    return words


@contextmanager
def for_people(at: str, hide: Callable[[], Iterable[str]] = tuple) -> Iterator[None]:
    """Errors of imaplib, IMAPClient and the network in the block become a MigrationError about the server
    ``at`` (``imap.acme.com:993``). ``hide`` gives secrets, which are taken out of what it
    says.
    """
    try:
        yield
    except MigrationError:
        raise
    except (IMAP4.error, OSError, *_GARBLED) as error:
        failure = _failure(error, at)
        failure.message = without(hide(), failure.message)
        # The cause may hold what was taken out.
        raise failure from None


def _failure(error: BaseException, at: str) -> MigrationError:
    if isinstance(error, ssl.SSLError):
        return tls_failure(error, at)
    if isinstance(error, OSError):
        return _network(error, at)
    if isinstance(error, IMAP4.abort):
        return _broken(words_of(error), at)
    if isinstance(error, IMAP4.error):
        return _refused(words_of(error), at)
    return SourceError(f"{at} answers what cannot be understood as IMAP")


def _network(error: OSError, at: str) -> MigrationError:
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return SourceUnreachable(
                f"the address of {at} cannot be looked up now", hint="is there a network?"
            )
        return UsageError(f"there is no host {at}", hint="check --host")
    if isinstance(error, ConnectionRefusedError):
        return SourceUnreachable(f"nothing listens at {at}", hint="check --host and --port")
    if isinstance(error, TimeoutError):
        return SourceUnreachable(
            f"{at} does not answer", hint="is it the port of an IMAP server, and does --security fit it?"
        )
    return SourceUnreachable(f"no connection to {at}: {shortened(error.strerror or error, 200)}")


def _broken(words: str, at: str) -> MigrationError:
    if "EOF" in words:
        return SourceUnreachable(f"{at} closed the connection")
    return SourceUnreachable(f"{at} broke the connection: {words}")


def _refused(words: str, at: str) -> MigrationError:
    if "not connected" in words.lower():  # Microsoft 365: "User is authenticated but not connected."
        return SourceUnreachable(
            f"{at} knows the user, but opens no mailbox: {words}",
            hint="if it stays so: is IMAP on for this mailbox, and is --user its own address?",
        )
    if is_passing(words):
        return SourceUnreachable(f"{at} puts us off: {words}", hint="run the same command again later")
    return SourceError(f"{at} refuses: {words}")
