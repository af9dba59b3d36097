"""The program as a user runs it, except that all public hosts are the file server of a test.

FILES_PORT and FILES_AUTHORITY in the environment say where that is and whom to trust.
"""

import os
import ssl
from typing import Any

from file_server import Loopback, names
from tiketti_migrate.cli import main
from tiketti_migrate.http import Downloader

__all__: list[str] = []


def _prepare() -> None:
    trusted = ssl.create_default_context(cafile=os.environ["FILES_AUTHORITY"])
    changed: dict[str, Any] = {
        "resolver": names,
        "dialer": Loopback(int(os.environ["FILES_PORT"])),
        "tls": trusted,
    }
    defaults: Any = Downloader.__init__.__kwdefaults__
    defaults.update(changed)


if __name__ == "__main__":
    _prepare()
    main()
