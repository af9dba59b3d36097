"""Chats from the tables of a pipeline: told in the ticket they belong to, else lost aloud."""

from pathlib import Path
from typing import Any

import pytest

from tiketti_migrate.api import Problem
from tiketti_migrate_zendesk.source import ZendeskOptions, ZendeskSource
from zendesk_parts import Desk

TICKETS = "id,subject,requester_id,status,created_at\n5,Leak,10,open,2024-01-01 10:00:00\n"
USERS = "id,name,email,role,active\n10,Jane,jane@x.test,end-user,t\n11,Aino,aino@acme.test,agent,t\n"
CHATS = "chat_id,_fivetran_synced,channel,tags,ticket_id,user_id,visitor_id\nC.1,2024,chat,[],5,10,v\n"
EVENTS = """chat_id,created_at,actor_id,chat_index,filename,message,mime_type,size,type,url
C.1,2024-01-02 10:02:00,agent:11,2,,true,,,ChatMessage,
C.1,2024-01-02 10:01:00,10,1,,It leaks,,,ChatMessage,
C.1,2024-01-02 10:00:00,10,0,,,,,ChatJoin,
C.1,2024-01-02 10:03:00,10,3,leak.png,,image/png,3.0,ChatFileAttachment,https://x.example.com/f
C.1,2024-01-02 10:04:00,__trigger,10,,Bye,,,ChatMessage,
C.1,2024-01-02 10:04:00,__trigger,10,,Bye,,,ChatMessage,
"""
AGENTS = """chat_id,created_at,actor_id,chat_index,message
C.1,2024-01-02 10:02:00,agent:99,0,Who takes it?
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.file("ticket.csv", TICKETS)
    desk.file("user.csv", USERS)
    return desk


def read(desk: Desk) -> tuple[list[dict[str, Any]], list[Problem]]:
    source = ZendeskSource(ZendeskOptions(paths=(desk.folder,)))
    source.check()
    records: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for one in source.extract(None):
        if isinstance(one, list):
            records.extend(dict(fields) for fields in one)
        elif isinstance(one, Problem):
            problems.append(one)
    return records, problems


def test_a_chat_is_told_in_its_ticket(desk: Desk) -> None:
    desk.file("ticket_chat.csv", CHATS)
    desk.file("ticket_chat_event.csv", EVENTS)
    records, problems = read(desk)
    (message,) = [one for one in records if one["kind"] == "message"]
    assert message["body"].splitlines() == [
        "Chat (times in UTC)",
        "2024-01-02",
        "10:01 Jane: It leaks",
        "10:02 Aino: true",
        "10:03 Jane: [file: leak.png]",
        "10:04 Trigger: Bye",
    ]
    assert (message["ticket_id"], message["source_id"]) == ("5", "5-chat-C.1")
    assert not message["is_internal"]
    (file,) = [one for one in records if one["kind"] == "attachment"]
    assert (file["filename"], file["size"], file["content_url"]) == (
        "leak.png", 3, "https://x.example.com/f"
    )  # fmt: skip
    assert not problems


def test_a_chat_that_no_customer_took_part_in_is_a_note(desk: Desk) -> None:
    desk.file("ticket_chat.csv", CHATS)
    desk.file("ticket_chat_event.csv", AGENTS)
    records, _ = read(desk)
    (message,) = [one for one in records if one["kind"] == "message"]
    assert message["body"].splitlines()[-1] == "10:02 Agent: Who takes it?"
    assert message["is_internal"]


@pytest.mark.parametrize(("column", "value"), [("whisper", "true"), ("public", "f"), ("is_internal", "1")])
def test_a_chat_with_a_line_for_agents_alone_is_a_note(desk: Desk, column: str, value: str) -> None:
    header, *lines = EVENTS.splitlines()
    marked = [f"{header},{column}", f"{lines[0]},{value}", *(f"{line}," for line in lines[1:])]
    desk.file("ticket_chat.csv", CHATS)
    desk.file("ticket_chat_event.csv", "\n".join(marked) + "\n")
    records, _ = read(desk)
    (message,) = [one for one in records if one["kind"] == "message"]
    assert message["is_internal"]


def test_what_was_said_in_a_chat_of_no_ticket_is_lost_aloud(desk: Desk) -> None:
    desk.file("ticket_chat_event.csv", EVENTS)
    _, problems = read(desk)
    assert [(one.code, one.where, one.lost) for one in problems] == [("WITHOUT_OWNER", "chat C.1", 6)]


def test_a_chat_of_a_ticket_that_is_not_there_is_lost_aloud(desk: Desk) -> None:
    desk.file("ticket_chat.csv", CHATS.replace(",5,", ",6,"))
    desk.file("ticket_chat_event.csv", EVENTS)
    _, problems = read(desk)
    assert [(one.code, one.where, one.lost) for one in problems] == [("WITHOUT_OWNER", "ticket 6", 1)]
