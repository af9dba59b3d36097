"""A real Dovecot with a configuration of its own, on loopback; a test fills its Maildir folders.

Debian's dovecot-imapd is needed; setup.sh installs it.
"""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["PASSWORD", "USER", "Dovecot", "dovecot", "dovecot_home", "free_port"]

USER, PASSWORD = "support@acme.test", "correct horse"
_CONFIG = """
base_dir = {run}
log_path = {home}/dovecot.log
instance_name = test-{port}
protocols = imap
first_valid_uid = 1
listen = 127.0.0.1
ssl = {ssl}
{tls}
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_username_chars =
{identity}
mail_location = {location}
mail_max_userip_connections = 100
{extra}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  client_limit = 100
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
"""
# Only root may shut processes in.
_UNROOTED = "".join(
    f"service {name} {{\n  chroot =\n}}\n" for name in ("imap-urlauth-login", "stats", "ipc", "director")
)


@dataclass
class Dovecot:
    """A server in ``home``. ``maildir()`` is the mailbox of the user; fill it before the server looks."""

    home: Path
    port: int
    tls_port: int = 0
    ssl: str = "no"
    certificate: Path | None = None
    key: Path | None = None
    mechanisms: str = "plain login"
    extra: str = ""
    location: str = "maildir:~/Maildir"
    users: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD})
    process: "subprocess.Popen[bytes] | None" = None

    def maildir(self, user: str = USER, folder: str = "") -> Path:
        """The Maildir of a folder (``Sent``, ``Projects.2024`` in modified UTF-7), made if need be."""
        path = self.home / "mail" / user / "Maildir"
        path = path / f".{folder}" if folder else path
        for name in ("cur", "new", "tmp"):
            (path / name).mkdir(parents=True, exist_ok=True)
        return path

    def start(self) -> None:
        """Raises AssertionError with what Dovecot says when it does not come up."""
        uid, gid = _account(self.home)
        run = self.home / "run"
        run.mkdir(exist_ok=True)
        tls = f"ssl_cert = <{self.certificate}\nssl_key = <{self.key}" if self.certificate else ""
        (self.home / "users").write_text("".join(f"{u}:{p}\n" for u, p in self.users.items()))
        config = self.home / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                run=run,
                home=self.home,
                port=self.port,
                tls_port=self.tls_port,
                ssl=self.ssl,
                tls=tls,
                mechanisms=self.mechanisms,
                identity=_identity(),
                location=self.location,
                extra=self.extra,
                uid=uid,
                gid=gid,
            )
        )
        _give(self.home / "mail", uid, gid)
        self.process = subprocess.Popen([_program(), "-F", "-c", config], stderr=subprocess.PIPE)
        _wait_for(self.port if self.port else self.tls_port, self)

    def stop(self) -> None:
        """As a server that is shut down; clients are cut off."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=20)
            self.process = None

    def cut(self) -> None:
        """All connections of now break, the server stays: its processes for clients are killed."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            if Path(f"/proc/{child}/comm").read_text().strip() == "imap":
                os.kill(int(child), signal.SIGKILL)

    def log(self) -> str:
        """What the server has written so far."""
        path = self.home / "dovecot.log"
        return path.read_text() if path.exists() else ""


@contextmanager
def dovecot(server: Dovecot) -> Iterator[Dovecot]:
    """Runs for the block."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def dovecot_home() -> Iterator[Path]:
    """A folder outside those of pytest, which every run of it closes to other users, Dovecot's among them."""
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _program() -> str:
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found, "Dovecot is missing: apt-get install dovecot-imapd"
    return found


def _identity() -> str:
    """Who its processes run as: without root all of them as whoever runs the tests."""
    if os.getuid() == 0:
        return "default_login_user = dovenull\ndefault_internal_user = dovecot"
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    users = f"default_login_user = {user}\ndefault_internal_user = {user}"
    return f"{users}\ndefault_internal_group = {group}\n{_UNROOTED}"


def _account(home: Path) -> tuple[int, int]:
    """Dovecot never reads mail as root: then as a user of its own, who must be able to reach the folder."""
    if os.getuid():
        return os.getuid(), os.getgid()
    (home / "mail").mkdir(parents=True, exist_ok=True)
    for folder in (home, *home.parents):
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


def _give(folder: Path, uid: int, gid: int) -> None:
    if os.getuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid)


def _wait_for(port: int, server: Dovecot) -> None:
    for _ in range(200):
        assert server.process is not None
        if server.process.poll() is not None:
            raise AssertionError(f"Dovecot: {server.process.communicate()[1].decode()} {server.log()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise AssertionError(f"Dovecot does not listen: {server.log()}")
