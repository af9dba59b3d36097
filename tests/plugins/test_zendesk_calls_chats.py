"""Calls and chats as words."""

from typing import Any

import pytest

from zendesk_objects import comment, convert, ticket

NOON = 1_683_027_000_000  # 2023-05-02 11:30 UTC, in milliseconds


def call(**data: Any) -> dict[str, Any]:
    return comment(type="VoiceComment", body="", public=False, data=data)


def test_a_call_is_told_with_its_transcript_and_its_recording_is_a_file() -> None:
    found = convert(
        ticket(
            call(
                **{"from": "+358401234567"},
                to="+15550100",
                call_duration="125",
                answered_by_id=900,
                started_at="2023-01-02T08:58:00Z",
                location="Helsinki",
                transcription_text="Hello?\nIt leaks.",
                recording_url="https://acme.zendesk.com/api/v2/channels/voice/calls/CA1/twilio/recording.mp3",
                price=2,
            )
        )
    )
    (message,) = found.talk
    assert message["body"].splitlines() == [
        "Phone call",
        "From: +358401234567",
        "To: +15550100",
        "Started: 2023-01-02 08:58:00 UTC",
        "Duration: 2 min 5 s",
        "Answered by: Aino Agent",
        "Location: Helsinki",
        "Transcript: Hello?",
        "It leaks.",
    ]
    assert message["extra"] == {"data": '{"price":2}'}
    (recording,) = found.of("attachment")
    assert (recording["source_id"], recording["filename"]) == ("1/recording", "call-recording.mp3")


def test_what_a_voice_comment_says_itself_stays() -> None:
    raw = {**call(to="+15550100"), "html_body": "<p>Voicemail from <b>Jane</b></p>"}
    (message,) = convert(ticket(raw)).talk
    assert message["body"] == "Phone call\nTo: +15550100\n\nVoicemail from Jane"
    assert message["body_format"] == "text"


def test_odd_data_of_a_call_is_kept_and_said() -> None:
    raw = call(call_duration=[1], started_at="soon", recording_url="file:///x", to={"a": 1})
    (message,) = convert(ticket(raw)).talk
    assert len(message["warnings"]) == 3
    assert all(word in message["extra"]["data"] for word in ("call_duration", "soon", '{"a":1}'))
    assert convert(ticket({**raw, "data": "none"})).talk[0]["extra"] == {
        "data": "none",
        "type": "VoiceComment",
    }


def said(words: str, **changes: Any) -> dict[str, Any]:
    about = {"type": "ChatMessage", "actor_type": "end-user", "actor_name": "Jane", "timestamp": NOON}
    return {**about, "message": words, **changes}


def history(*items: Any, kind: str = "ChatStartedEvent") -> dict[str, Any]:
    event = {"id": 77, "type": kind, "value": {"chat_id": "x", "history": list(items)}}
    return {"id": 9, "author_id": -1, "created_at": "2023-05-02T11:29:00Z", "events": [event]}


def test_a_chat_of_the_history_becomes_a_transcript() -> None:
    talk = history(
        {"type": "ChatJoin", "actor_name": "Jane", "timestamp": NOON},
        said("Hi,\nanybody there?"),
        said("Yes", actor_type="agent", actor_name="Aino", timestamp=NOON + 60_000),
        said("", type="ChatFileAttachment", filename="a/leak.png", url="https://x.example.com/f", size=3),
        said("Next day", timestamp=NOON + 86_400_000),
        said("No time", timestamp=None, actor_name=None),
    )
    found = convert(
        ticket(comment(body="Conversation with Jane", created_at="2023-05-02T11:00:00Z"), audits=[talk])
    )
    message = found.talk[1]
    assert message["body"].splitlines() == [
        "Chat (times in UTC)",
        "2023-05-02",
        "11:30 Jane: Hi,",
        "anybody there?",
        "11:31 Aino: Yes",
        "11:30 Jane: [file: leak.png]",
        "2023-05-03",
        "11:30 Jane: Next day",
        "end-user: No time",
    ]
    assert (message["source_id"], message["author_name"], message["is_internal"]) == (
        "1000-chat-77",
        "Chat",
        False,
    )
    (file,) = found.of("attachment")
    assert (file["message_id"], file["filename"], file["size"]) == ("1000-chat-77", "leak.png", 3)


def test_a_chat_that_a_comment_tells_already_is_not_told_twice() -> None:
    talk = history(said("It leaks"), said("We come", actor_type="agent"))
    both = [talk, {**history(said("It leaks"), said("We come"), kind="ChatEndedEvent"), "id": 10}]
    body = "(11:30:00) Jane: It leaks\n(11:31:00) Aino: We come"
    assert len(convert(ticket(comment(body=body), audits=[talk])).talk) == 1
    assert len(convert(ticket(comment(), audits=both)).talk) == 2


def test_a_description_that_only_announces_a_chat_stays_before_it() -> None:
    talk = history(said("It leaks"))
    found = convert(ticket(description="Conversation with Jane", audits=[talk]))
    assert [one["source_id"] for one in found.talk] == ["1000-description", "1000-chat-77"]
    assert len(convert(ticket(description="It leaks", audits=[talk])).talk) == 1


def test_a_chat_without_a_customer_is_a_note() -> None:
    talk = history(said("To whom?", actor_type="agent"))
    assert convert(ticket(audits=[talk])).talk[0]["is_internal"]


def test_links_in_a_chat_and_in_a_call_are_links() -> None:
    address = "https://acme.zendesk.com/agent/tickets/2000"
    chat = convert(ticket(audits=[history(said(f"see {address}."))])).talk[0]
    spoken = convert(ticket(call(transcription_text=address))).talk[0]
    assert chat["links"] == spoken["links"] == {address: "2000"}


def test_short_words_of_a_chat_that_stand_in_a_comment_by_chance_are_no_transcript() -> None:
    talk = history(said("yes"), said("ok", actor_type="agent"))
    body = "Thinking of yesterday: the token is lost, okay?"
    assert len(convert(ticket(comment(body=body), audits=[talk])).talk) == 2


def test_what_a_chat_said_while_it_went_on_is_not_told_again_when_it_ended() -> None:
    began = history(said("It leaks"))
    ended = history(said("It leaks"), said("We come", actor_type="agent"), kind="ChatEndedEvent")
    (message,) = convert(ticket(audits=[began, {**ended, "id": 10}])).talk
    assert message["body"].count("It leaks") == 1
    assert "We come" in message["body"]


def test_files_of_an_ended_chat_are_attachments() -> None:
    address = "https://acme.zendesk.com/attachments/token/aa/?name=x.pdf"
    sent = [{"id": 77, "file_name": "x.pdf", "content_url": address}]
    ended = history(said("It leaks"), kind="ChatEndedEvent")
    ended["events"][0]["attachments"] = sent
    found = convert(ticket(comment(body="Jane: It leaks"), audits=[history(said("It leaks")), ended]))
    (file,) = found.of("attachment")
    assert (file["message_id"], file["filename"]) == ("1000-chat-77", "x.pdf")
    told = convert(ticket(comment(body="Jane: It leaks", attachments=sent), audits=[ended]))
    assert [one["source_id"] for one in told.talk] == ["1"]


def test_the_comment_that_tells_a_chat_says_under_which_id_that_came_before() -> None:
    (message,) = convert(ticket(comment(body="Jane: It leaks"), audits=[history(said("It leaks"))])).talk
    assert message["formerly"] == "1000-chat-77"


def test_a_chat_of_a_private_ticket_is_a_note() -> None:
    (message,) = convert(ticket(audits=[history(said("It leaks"))], is_public=False)).talk
    assert message["is_internal"]


@pytest.mark.parametrize(
    "mark", [{"whisper": True}, {"public": False}, {"is_internal": True}, {"type": "ChatWhisper"}]
)
def test_what_agents_whisper_in_a_chat_makes_it_a_note(mark: dict[str, Any]) -> None:
    began = history(said("It leaks"), said("A fraud?", actor_type="agent", **mark))
    ended = history(said("It leaks"), said("A fraud?", actor_type="agent"), kind="ChatEndedEvent")
    for audits in ([began], [began, {**ended, "id": 10}]):
        (message,) = convert(ticket(audits=audits)).talk
        assert message["is_internal"]
        assert "for agents alone" in message["warnings"][0]


def test_a_chat_that_is_not_public_is_a_note_and_hides_no_description() -> None:
    talk = history(said("It leaks"))
    talk["events"][0]["public"] = False
    found = convert(ticket(audits=[talk], description="It leaks")).talk
    assert [bool(one.get("is_internal")) for one in found] == [False, True]


@pytest.mark.parametrize(
    "changes", [{"public": False}, {"public": None, "author_id": 900}, {"author_id": -1}]
)
def test_a_note_does_not_tell_a_chat_of_the_customer(changes: dict[str, Any]) -> None:
    body = "Jane: It leaks"
    found = convert(ticket(comment(body=body, **changes), audits=[history(said("It leaks"))])).talk
    assert [one["is_internal"] for one in found] == [True, False]
    assert not any("formerly" in one for one in found)


@pytest.mark.parametrize("body", ["Jane: It leaks\nSee you at noon", "Forged by John: It leaks"])
def test_a_comment_that_says_more_than_a_chat_is_no_later_telling_of_it(body: str) -> None:
    found = convert(ticket(comment(body=body), audits=[history(said("It leaks"))])).talk
    assert [one["body"] for one in found] == [body]
    assert "formerly" not in found[0]
