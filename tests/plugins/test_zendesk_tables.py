"""Tables that pipelines make of an account: recognised by their columns, rows in the API's shape."""

from pathlib import Path

import pytest

from tiketti_migrate_zendesk import tables
from zendesk_parts import Desk

SAMPLE = Path(__file__).parents[1] / "data" / "zendesk" / "fivetran_tables"
TICKETS = "id,_fivetran_synced,subject,requester_id,status,{}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_sample_is_read_whole(desk: Desk) -> None:
    found = desk.read(SAMPLE)
    counts = {kind: len(found.raws(kind)) for kind in sorted({item.kind for item in found.items})}
    assert counts == {
        "audit": 20, "brand": 2, "chat": 10, "chat_event": 12, "comment": 20, "domain_name": 10, "group": 8,
        "organization": 10, "organization_tag": 24, "ticket": 10, "ticket_form": 15, "ticket_tag": 10,
        "user": 20, "user_tag": 20,
    }  # fmt: skip
    assert [where for _, where, lost in found.told() if lost] == []
    assert {where for code, where, _ in found.told() if code == "NOT_READ"} == {
        "audit_log_data.csv", "daylight_time_data.csv", "schedule_data.csv", "schedule_holiday_data.csv",
        "ticket_schedule_data.csv", "time_zone_data.csv",
    }  # fmt: skip
    assert found.export.host == "fivetran1813.zendesk.com"


def test_a_comment_has_the_shape_of_the_api(desk: Desk) -> None:
    text = (
        "id,_fivetran_synced,body,created,facebook_comment,public,ticket_id,tweet,user_id,voice_comment\n"
        "1,2020-03-05,true,2020-02-11 07:49:14,FALSE,TRUE,1077,FALSE,40,FALSE\n"
        "2,2020-03-05,,2020-02-11,FALSE,FALSE,1077,FALSE,,TRUE\n"
    )
    assert desk.read_one("x.csv", text).raws("comment") == [
        {
            "id": "1",
            "body": "true",
            "public": True,
            "ticket_id": "1077",
            "generated_timestamp": "2020-03-05",
            "created_at": "2020-02-11 07:49:14",
            "author_id": "40",
        },
        {
            "id": "2",
            "public": False,
            "ticket_id": "1077",
            "generated_timestamp": "2020-03-05",
            "created_at": "2020-02-11",
            "type": "VoiceComment",
        },
    ]


@pytest.mark.parametrize(
    ("words", "is_public"),
    [("t T true TRUE True yes Y 1 1.0", True), ("f F false FALSE False no N 0 0.0", False)],
)
def test_flags_are_understood_in_the_words_of_all_databases(desk: Desk, words: str, is_public: bool) -> None:
    rows = [f"{word},a,2020,5,{word}" for word in words.split()]
    found = desk.read_one("x.csv", "\n".join(["id,body,created,ticket_id,public", *rows]))
    assert [raw["public"] for raw in found.raws("comment")] == [is_public] * len(rows)
    assert found.ids("comment")[0] == words[0]


def test_a_flag_that_says_neither_stays_what_it_is(desk: Desk) -> None:
    found = desk.read_one("x.csv", "id,body,created,ticket_id,public\n1,a,2020,5,perhaps\n")
    assert [raw["public"] for raw in found.raws("comment")] == ["perhaps"]


@pytest.mark.parametrize(
    "cell", ['["vip", "late"]', "{vip,late}", '{"vip",late}', "vip,late", "vip late", "['vip', 'late']"]
)
def test_lists_are_understood_however_they_are_written(desk: Desk, cell: str) -> None:
    quoted = cell.replace('"', '""')
    head, row = TICKETS.format("tags,collaborator_ids"), f'1,2020,S,2,open,"{quoted}","{{11,12}}"\n'
    (raw,) = desk.read_one("x.csv", head + row).raws("ticket")
    assert (raw["tags"], raw["collaborator_ids"]) in [
        (["vip", "late"], ["11", "12"]),
        (["vip", "late"], [11, 12]),
    ]


def test_a_ticket_has_the_shape_of_the_api(desk: Desk) -> None:
    columns = (
        "updated_at,via_channel,via_source_from_address,via_source_from_name,via_source_to_address,via_source_rel,"
        "followup_ids,custom_product,custom_empty,custom_status_id,satisfaction_rating_score,has_incidents"
    )
    row = "1,2020-03-20,TRUE,2,open,2020-03-21,email,a@x.test,A,help@x.test,follow_up"
    row += ',"[7, 8]",true,,9,good,FALSE\n'
    (raw,) = desk.read_one("x.csv", TICKETS.format(columns) + row).raws("ticket")
    assert raw == {
        "id": "1",
        "subject": "TRUE",
        "requester_id": "2",
        "status": "open",
        "updated_at": "2020-03-21",
        "followup_ids": [7, 8],
        "custom_status_id": "9",
        "has_incidents": False,
        "custom_fields": [{"id": "custom_product", "value": "true"}],
        "via": {
            "channel": "email",
            "source": {
                "from": {"address": "a@x.test", "name": "A"},
                "to": {"address": "help@x.test"},
                "rel": "follow_up",
            },
        },
        "satisfaction_rating": {"score": "good"},
    }


def test_a_cell_and_columns_of_the_same_thing_are_both_kept(desk: Desk) -> None:
    columns = "via,via_channel,via_source_other,satisfaction_rating,satisfaction_rating_score"
    row = '1,2020-03-20,s,2,open,web form,email,odd,"{""score"": ""bad"", ""comment"": ""Slow""}",good\n'
    (raw,) = desk.read_one("x.csv", TICKETS.format(columns) + row).raws("ticket")
    source: dict[str, object] = {"from": {}, "to": {}, "rel": None, "other": "odd"}
    assert raw["via"] == {"channel": "email", "source": source, "via": "web form"}
    assert raw["satisfaction_rating"] == {
        "score": "good", "comment": "Slow", "satisfaction_rating score": "bad"
    }  # fmt: skip


def test_a_row_of_the_history_is_an_audit(desk: Desk) -> None:
    text = "field_name,ticket_id,updated,_fivetran_synced,user_id,value\n"
    text += "status,5,2020-06-01,2020-07-02,,solved\n"
    assert desk.read_one("x.csv", text).raws("audit") == [
        {
            "ticket_id": "5",
            "author_id": None,
            "created_at": "2020-06-01",
            "events": [{"type": "Change", "field_name": "status", "value": "solved"}],
        }
    ]


def test_own_fields_of_people_are_theirs(desk: Desk) -> None:
    text = "id,name,email,role,custom_region,custom_role_id\n1,A,a@x.test,agent,North,5\n"
    (raw,) = desk.read_one("x.csv", text).raws("user")
    assert (raw["user_fields"], raw["custom_role_id"]) == ({"region": "North"}, "5")


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ('{""5"": ""A-5""}', [{"id": "5", "value": "A-5"}]),
        ('[{""id"": 5, ""value"": ""A""}]', [{"id": 5, "value": "A"}]),
        ("Serial: A-5", ["Serial: A-5"]),
        ("", []),
    ],
)
def test_a_cell_of_custom_fields_stands_beside_columns_of_them(desk: Desk, cell: str, fields: object) -> None:
    text = f'{TICKETS.format("custom_fields,custom_serial")}1,2020-03-20,s,2,open,"{cell}",XX\n'
    (raw,) = desk.read_one("x.csv", text).raws("ticket")
    assert isinstance(fields, list)
    assert raw["custom_fields"] == [*fields, {"id": "custom_serial", "value": "XX"}]


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ('{""region"": ""South"", ""tier"": ""1""}', {"user_fields region": "South", "tier": "1"}),
        ("Tier: 1", {"user_fields": "Tier: 1"}),
        ('{""region"": ""North""}', {}),
    ],
)
def test_a_cell_of_a_person_s_fields_stands_beside_columns_of_them(
    desk: Desk, cell: str, fields: dict[str, str]
) -> None:
    text = f'id,name,email,role,user_fields,custom_region\n1,A,a@x.test,agent,"{cell}",North\n'
    (raw,) = desk.read_one("x.csv", text).raws("user")
    assert raw["user_fields"] == {"region": "North", **fields}


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize(
    "head", ["TAG,Ticket_ID", '"""TAG""",ticket_id', "\ufefftag , ticket_id", "'tag',`ticket_id`"]
)
def test_headers_and_delimiters_of_all_sorts_are_understood(desk: Desk, sign: str, head: str) -> None:
    found = desk.read_one("x.csv", f"{head}\nvip,5\n".replace(",", sign))
    assert found.raws("ticket_tag") == [{"tag": "vip", "ticket_id": "5"}]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_cells_over_several_lines_have_the_number_of_their_first(desk: Desk, encoding: str) -> None:
    text = 'id,body,created,ticket_id\r\n1,"one\r\ntwo, three\r\n",2020,5\r\n\r\n2,é,2020,5\r\n'
    found = desk.read_one("x.csv", text.encode(encoding))
    assert [(item.where, item.raw["body"]) for item in found.items] == [
        ("x.csv:2", "one\r\ntwo, three\r\n"), ("x.csv:6", "é")
    ]  # fmt: skip


def test_rows_that_are_not_as_wide_as_the_header_are_told(desk: Desk) -> None:
    text = "id,body,created,ticket_id\n1,a,2020,5,,\n2,a,b,2020,5\n3,a,2020\n4,a,2020,5\n"
    found = desk.read_one("x.csv", text)
    assert found.ids("comment") == ["1", "4"]
    assert found.told() == [
        ("RAGGED_ROW", "x.csv:3", 1), ("RAGGED_ROW", "x.csv:4", 0), ("NO_TICKET", "x.csv:4", 1)
    ]  # fmt: skip


def test_a_quote_that_is_never_closed_is_told_with_what_it_swallowed(desk: Desk) -> None:
    text = 'id,body,created,ticket_id\n1,a,2020,5\n2,"a,2020,5\n3,a,2020,5\n4,a,2020,5\n'
    found = desk.read_one("x.csv", text)
    assert found.ids("comment") == ["1"]
    assert found.told() == [("BROKEN_ROW", "x.csv:3", 3)]


def test_cells_and_lines_beyond_all_bounds_are_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CELL_LIMIT", 1000)
    monkeypatch.setattr(tables, "_LINE_LIMIT", 5000)
    rows = [
        "id,body,created,ticket_id",
        f"1,{'x' * 2000},2020,5",
        "2,a,2020,5",
        f"3,{'x' * 20_000}",
        "4,a,2020,5",
    ]
    found = desk.read_one("x.csv", "\n".join(rows))
    assert found.ids("comment") == ["2", "4"]
    assert found.told() == [("BROKEN_ROW", "x.csv:2", 1), ("LONG_LINE", "x.csv:4", 1)]


def test_rows_that_the_pipeline_knows_as_deleted_are_counted(desk: Desk) -> None:
    text = "id,_fivetran_deleted,name,subdomain\n1,FALSE,A,a\n2,TRUE,B,b\n3,t,C,c\n4,1.0,D,d\n5,f,E,e\n"
    found = desk.read_one("x.csv", text)
    assert found.ids("brand") == ["1", "5"]
    assert found.told() == [("DELETED_ROW", "x.csv", 0)]
    assert "3 rows" in found.words()


def test_bytes_that_are_no_unicode_are_replaced_and_flagged(desk: Desk) -> None:
    found = desk.read_one("x.csv", b"id,body,created,ticket_id\n1,caf\xe9,2020,5\n2,a\x00b,2020,5\n")
    assert [(item.raw["body"], item.repaired) for item in found.items] == [
        ("caf\ufffd", True),
        ("a\x00b", False),
    ]


def test_a_group_has_nothing_else(desk: Desk) -> None:
    row = "\n1,Support,2020-01-01\n"
    assert desk.read_one("group.csv", "id,name,created_at" + row).ids("group") == ["1"]
    desk.file("projects.csv", "id,name,created_at" + row)
    assert ("UNKNOWN_FILE", "projects.csv", 0) in desk.read().told()


@pytest.mark.parametrize(
    "header", ["Name,Town", "id,subject,requester,status", "id,name,email", "a;b;c", "x"]
)
def test_other_tables_are_none_of_an_account(desk: Desk, header: str) -> None:
    desk.file("t.json", '{"id": 1, "subject": "S", "requester_id": 1}')
    desk.file("x.csv", header + "\n1,2,3,4\n")
    assert desk.read().told() == [("UNKNOWN_FILE", "x.csv", 0)]


def test_tables_of_pipelines_that_mean_nothing_here_are_counted(desk: Desk) -> None:
    desk.file("t.json", '{"id": 1, "subject": "S", "requester_id": 1}')
    desk.file("x.csv", 'id,_fivetran_synced,metric\n1,2020,"a\nb"\n2,2020,c\n')
    found = desk.read()
    assert found.told() == [("NOT_READ", "x.csv", 0)]
    assert "2 rows (id, _fivetran_synced, metric) are not read" in found.words()
