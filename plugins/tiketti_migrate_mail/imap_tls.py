"""TLS to an IMAP server: always verified, and what is wrong with a certificate in words that help."""

import ssl
from pathlib import Path

from tiketti_migrate.errors import MigrationError, SourceError, SourceUnreachable, UsageError

__all__ = ["tls_context", "tls_failure"]

# Numbers of X509_verify_cert_error_string (OpenSSL, x509_vfy.h).
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)
_OTHER_NAME = (62, 64)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trusts the system's authorities and those of ``ca_file`` (PEM); TLS 1.2 or newer.

    Raises UsageError for a file that cannot be read or holds no certificates.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except ssl.SSLError:
            words = "the file holds no certificates in PEM form"
            raise UsageError(words, where=f"--ca-file {ca_file}") from None
        except OSError as error:
            words = f"the file cannot be read: {error.strerror}"
            raise UsageError(words, where=f"--ca-file {ca_file}") from None
    return context


def tls_failure(error: ssl.SSLError, at: str) -> MigrationError:
    """What to tell of a handshake with the server ``at`` that failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return UsageError(
            f"the certificate of {at} is not valid: {error.verify_message}", hint=_help(error.verify_code)
        )
    reason = error.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return UsageError(
            f"{at} does not speak TLS", hint="port 143 most often takes --security starttls, port 993 tls"
        )
    if "UNSUPPORTED_PROTOCOL" in reason or "PROTOCOL_VERSION" in reason or "NO_PROTOCOLS" in reason:
        return SourceError(
            f"{at} only speaks a TLS that is no longer safe", hint="the server must offer TLS 1.2 or newer"
        )
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "INTERNAL_ERROR" in reason:
        return SourceUnreachable(f"{at} broke off while TLS was set up")
    words = reason.replace("_", " ").lower() or "it cannot be set up"
    return SourceError(
        f"no TLS connection to {at}: {words}", hint="the TLS of the server has to be put right"
    )


def _help(code: int) -> str:
    if code in _OTHER_NAME:
        return "give --host as the name that the certificate is made out to"
    if code in _UNKNOWN_ISSUER:
        return "if its authority is your own, give that one's certificate with --ca-file"
    if code in (_EXPIRED, _NOT_YET):
        return "it has to be renewed on the server, or the clock of this machine is wrong"
    return "it has to be put right on the server"
