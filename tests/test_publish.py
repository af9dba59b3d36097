"""publish-attachments: a folder that holds the files under harmless names, and nothing that acts."""

import hashlib
import os
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiketti_migrate.blobs import Blob, Blobs
from tiketti_migrate.errors import Interrupted, UsageError
from tiketti_migrate.extract import extract
from tiketti_migrate.file_names import published_path, published_url, safe_name, shown_name
from tiketti_migrate.progress import Quiet
from tiketti_migrate.publish import Published, publish
from tiketti_migrate.records import KINDS, Attachment, Contact, Message, Record, Ticket
from tiketti_migrate.store import Workspace
from tiketti_migrate.testing import ListSource
from world import World

BASE = "https://files.example.com"
NAMES = (
    "plain.txt", "../../etc/passwd", "..\\..\\x.exe", ".htaccess", "web.config", "CON", "nul.txt",
    "a" * 400 + ".pdf", "ä" * 300, "x.php", "y.php.jpg", "\x00\n.svg", "\u202egnp.exe", "", ".", "..",
    "a/b/c", "trailing. . ", "x.svg",
)  # fmt: skip


def kept(workspace: Path, data: bytes) -> Blob:
    blobs = Blobs(workspace)
    with blobs.incoming() as incoming:
        incoming.write(data)
        return blobs.keep(incoming)


def staged(workspace: Workspace, names: tuple[str, ...] = NAMES) -> dict[str, bytes]:
    """Attachments of one message, all of them kept; another one is not."""
    contents = {name: name.encode() + b"!" for name in names}
    records: list[Record] = [
        Contact(source_id="c", name="J"),
        Ticket(source_id="t", subject="x", requester_id="c"),
        Message(source_id="m", ticket_id="t", body="x"),
        Attachment(source_id="failed", message_id="m", filename="failed.txt"),
    ]
    records += [
        Attachment(source_id=str(number), message_id="m", filename=name) for number, name in enumerate(names)
    ]
    extract(ListSource(records), workspace.ledger, KINDS, Quiet(), threading.Event())
    for row, record, _ in workspace.ledger.files.waiting():
        if record.source_id == "failed":
            workspace.ledger.files.failed(row, "DOWNLOAD_GONE", "gone", None)
        else:
            blob = kept(workspace.folder, contents[record.filename])
            workspace.ledger.files.kept(row, blob.sha256, blob.size)
    return contents


def published(workspace: Workspace, folder: Path) -> Published:
    return publish(workspace.ledger, workspace.folder, folder, Quiet(), threading.Event())


def test_each_file_lies_where_its_message_links_to(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    with Workspace(tmp_path / "w") as workspace:
        workspace.ledger.put("attachment_base_url", BASE)
        contents = staged(workspace)
        done = published(workspace, folder)
        told = workspace.ledger.files.of(["m"])["m"]
    assert (done.files, done.new, done.missing_count) == (len(NAMES), len(NAMES), 0)
    for file in told:
        if file.sha256 is None:
            continue
        assert file.url is not None
        path = folder / unquote(urlsplit(file.url).path).lstrip("/")
        assert path.read_bytes() == contents[file.name]
        assert path.parent.parent == folder, "no name leads elsewhere"
        assert path.parent.name == hashlib.sha256(contents[file.name]).hexdigest()
    assert (folder / "robots.txt").read_text() == "User-agent: *\nDisallow: /\n"
    for settings in ("_headers", ".htaccess", "README.txt"):
        text = (folder / settings).read_text()
        for words in ("Content-Disposition", "attachment", "nosniff", "default-src 'none'; sandbox"):
            assert words in text
    assert not list(folder.rglob("*.part"))
    assert not list(folder.rglob("failed*"))


def test_again_it_adds_what_is_new_and_mends_what_is_cut(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    with Workspace(tmp_path / "w") as workspace:
        staged(workspace)
        first = published(workspace, folder)
        before = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
        assert published(workspace, folder).new == 0
        after = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
        files = [path for path in before if path.parent != folder]
        assert all(before[path] == after[path] for path in files)
        files[0].unlink()
        files[0].write_bytes(b"")
        (files[1].parent / ".part").write_bytes(b"half")
        files[1].unlink()
        again = published(workspace, folder)
        assert (again.new, again.files, again.bytes) == (2, first.files, first.bytes)
        assert not list(folder.rglob(".part"))


def test_another_disk_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def impossible(*_: object) -> None:
        raise OSError("cross-device link")

    monkeypatch.setattr(os, "link", impossible)
    with Workspace(tmp_path / "w") as workspace:
        contents = staged(workspace)
        published(workspace, tmp_path / "public")
    for name, data in contents.items():
        path = tmp_path / "public" / published_path(hashlib.sha256(data).hexdigest(), name)
        assert path.read_bytes() == data
        assert path.stat().st_nlink == 1


def test_what_is_gone_from_the_workspace_is_named(tmp_path: Path) -> None:
    with Workspace(tmp_path / "w") as workspace:
        contents = staged(workspace)
        Blobs(workspace.folder).path(hashlib.sha256(contents["x.svg"]).hexdigest()).unlink()
        done = published(workspace, tmp_path / "public")
    assert (done.missing_count, done.missing) == (1, ["x.svg"])


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with Workspace(tmp_path / "w") as workspace:
        staged(workspace)
        with pytest.raises(UsageError, match="holds other files"):
            published(workspace, folder)
        assert [path.name for path in folder.iterdir()] == ["mine.txt"]
        for inside in ("attachments", "attachments/x"):
            with pytest.raises(UsageError, match="where the attachments are kept"):
                published(workspace, workspace.folder / inside)
        stopping = threading.Event()
        stopping.set()
        with pytest.raises(Interrupted):
            publish(workspace.ledger, workspace.folder, tmp_path / "other", Quiet(), stopping)
        assert published(workspace, tmp_path / "other").new == len(NAMES)


def test_as_a_command(world: World) -> None:
    world.run("publish-attachments", world.folder / "public").assert_exit(2)
    with Workspace(world.workspace) as workspace:
        staged(workspace, ("a.txt", "b.txt"))
    ran = world.run("publish-attachments", world.folder / "public").assert_exit(0)
    assert "2 files, 12 B, 2 of them new" in ran.out
    assert "--attachment-base-url" in ran.out
    for path in Blobs(world.workspace).folder.rglob("*"):
        if path.is_file():
            path.unlink()
    ran = world.run("publish-attachments", world.folder / "public").assert_exit(3)
    assert "a.txt is no longer in the workspace" in ran.err


@given(st.text(st.characters(codec=None), max_size=400) | st.sampled_from(NAMES))
def test_a_safe_name_is_one_name_everywhere(name: str) -> None:
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert 0 < len(safe.encode()) <= 200
    assert not set(safe) & set('<>:"/\\|?*\0\n\r\t')
    assert safe.isprintable() or all(c.isprintable() or c.isspace() for c in safe)
    assert safe == safe.strip()
    assert not safe.startswith(".")
    assert not safe.endswith(".")
    assert Path(safe).name == safe
    url = published_url(BASE, "0" * 64, name)
    assert unquote(urlsplit(url).path) == f"/{'0' * 64}/{safe}"
    assert url.isascii()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Käyttöohje 2.pdf", "Käyttöohje 2.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".htaccess", "_htaccess"),
        ("web.config", "web_config"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("context.txt", "context.txt"),
        ("x.php", "x_php"),
        ("x.PHP5.jpg", "x_PHP5.jpg"),
        ("x.phpoto", "x.phpoto"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=500))
def test_a_shown_name_is_a_line_that_reads_one_way(name: str) -> None:
    shown = shown_name(name)
    assert shown
    assert shown.isprintable()
    assert len(shown) <= 151
