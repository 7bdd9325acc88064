"""The contract's document: complete, valid, the committed one, and true of every message."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import (  # type: ignore[import-untyped]  # it brings no types
    Draft7Validator,
    Draft202012Validator,
)

from tests.market.contract_values import engine_messages, viewer_messages
from tickterm.market.contract import (
    CloseCode,
    ContractError,
    EngineMessage,
    ViewerMessage,
    encode,
    encode_ticks,
    from_engine,
    from_viewer,
)
from tickterm.market.contract.examples import EXAMPLES
from tickterm.market.contract.schema import document, document_json
from tickterm.market.ticks import TickData
from tickterm.market.ticks import encode as encode_tick

ROOT = Path(__file__).parents[2]
DOCUMENT = document()
VIEWER_SAYS = get_args(ViewerMessage)
ENGINE_SAYS = get_args(EngineMessage)
MESSAGES = (*VIEWER_SAYS, *ENGINE_SAYS)


def validator(name: str) -> Any:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    )


VALIDATORS = {message.__name__: validator(message.__name__) for message in MESSAGES}


def is_valid(name: str, message: object) -> bool:
    return bool(VALIDATORS[name].is_valid(message))


def plain(message: ViewerMessage | EngineMessage) -> Any:
    return json.loads(encode(message))


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


# --- the document


def test_the_committed_document_is_what_the_code_makes() -> None:
    committed = (ROOT / "docs" / "asyncapi.json").read_bytes()
    told = "the contract has changed: python scripts/asyncapi.py docs/asyncapi.json"
    assert committed == document_json(), told


def test_the_script_writes_the_document(tmp_path: Path) -> None:
    target = tmp_path / "asyncapi.json"
    command = [sys.executable, "scripts/asyncapi.py"]
    subprocess.run([*command, str(target)], cwd=ROOT, check=True, timeout=50)
    assert target.read_bytes() == document_json()
    wrong = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert wrong.returncode == 1
    assert wrong.stderr == "usage: python scripts/asyncapi.py docs/asyncapi.json\n"


def test_the_document_is_sorted_and_indented_and_changes_with_the_contract_only() -> None:
    text = document_json().decode()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert json.loads(text) == DOCUMENT


def test_the_document_has_the_parts_that_asyncapi_asks_for() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["info"]["title"]
    assert isinstance(DOCUMENT["info"]["version"], str)
    for server in DOCUMENT["servers"].values():
        assert {"host", "protocol"} <= set(server)
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert resolved(operation["channel"]["$ref"])["address"] == "/"
    known = {
        "asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"
    }  # fmt: skip
    assert set(DOCUMENT) == known


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert len(found) > len(MESSAGES)
    for reference in found:
        assert resolved(reference)


def test_every_message_is_in_the_channel_and_in_an_operation_of_its_direction() -> None:
    names = {message.__name__ for message in MESSAGES}
    assert set(DOCUMENT["channels"]["viewers"]["messages"]) == names
    assert set(DOCUMENT["components"]["messages"]) == names
    says: dict[str, set[str]] = {"receive": set(), "send": set()}
    for operation in DOCUMENT["operations"].values():
        says[operation["action"]] |= {r.rpartition("/")[2] for r in references_of(operation)}
        says["send"] |= {r.rpartition("/")[2] for r in references_of(operation.get("reply", {}))}
    assert says["receive"] == {message.__name__ for message in VIEWER_SAYS}
    assert says["send"] == {message.__name__ for message in ENGINE_SAYS}


def references_of(part: dict[str, Any]) -> Iterator[str]:
    return references(part.get("messages", []))


def test_an_operation_names_messages_of_its_channel() -> None:
    """AsyncAPI allows no other: not those of the components."""
    for operation in DOCUMENT["operations"].values():
        for part in (operation, operation.get("reply", {})):
            for reference in references_of(part):
                assert reference.startswith("#/channels/viewers/messages/")


def test_limits_and_close_codes_are_told() -> None:
    told = DOCUMENT["channels"]["viewers"]["description"]
    assert all(str(code.value) in told for code in CloseCode)
    assert "4096 bytes" in told
    assert "500 symbols" in told


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["schemas"]))
def test_every_schema_is_one_in_both_dialects_and_says_what_it_is(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    Draft202012Validator.check_schema(schema)
    Draft7Validator.check_schema(schema)
    assert schema["description"].endswith(".")


# --- true of every message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_message_has_valid_examples(message: type[msgspec.Struct]) -> None:
    name = message.__name__
    examples = DOCUMENT["components"]["messages"][name]["examples"]
    assert examples
    read = from_viewer if message in VIEWER_SAYS else from_engine
    for example in examples:
        assert list(VALIDATORS[name].iter_errors(example["payload"])) == []
        assert type(read(json.dumps(example["payload"]))) is message


@settings(max_examples=150, deadline=None)
@given(viewer_messages | engine_messages)
def test_every_message_that_can_be_said_is_valid(message: ViewerMessage | EngineMessage) -> None:
    errors = VALIDATORS[type(message).__name__].iter_errors(plain(message))
    assert [error.message for error in errors] == []


def test_ticks_that_are_json_already_are_valid() -> None:
    tick = TickData("A", 1.0, 5, 1, "aggregate", "massive", 1.0, 1.0, 1.0, 1.0, 5, 2.0, 9)
    said = encode_ticks(1, 1, 1.5, 0, [encode_tick(tick)])
    assert is_valid("Ticks", json.loads(said))


def test_rows_may_leave_out_what_is_derived_or_as_before_and_nothing_else() -> None:
    [rows] = [plain(example) for example in EXAMPLES if type(example).__name__ == "Rows"]
    assert ["sparkline" in row for row in rows["rows"]] == [False, True]
    assert ["sparkline_tail" in row for row in rows["rows"]] == [True, False]
    may_be_left_out = {"sparkline", "sparkline_tail", "minute_ticks", "high", "low", "vwap", "name"}
    assert is_valid("Rows", rows)
    for field in rows["rows"][0].keys() - may_be_left_out:
        broken = copy.deepcopy(rows)
        del broken["rows"][0][field]
        assert not is_valid("Rows", broken), field


ONE_OF_EACH = {type(example).__name__: plain(example) for example in EXAMPLES}


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_a_message_without_a_field_that_it_needs_is_not_valid(name: str) -> None:
    for field in DOCUMENT["components"]["schemas"][name]["required"]:
        broken = {key: value for key, value in ONE_OF_EACH[name].items() if key != field}
        assert not is_valid(name, broken), field


@pytest.mark.parametrize("name", sorted(VALIDATORS))
def test_a_message_of_another_type_is_not_valid(name: str) -> None:
    assert is_valid(name, ONE_OF_EACH[name])
    for tag in ("", "other", None, 5):
        assert not is_valid(name, {**ONE_OF_EACH[name], "type": tag})
    for other in (None, [], "x", 5, [ONE_OF_EACH[name]]):
        assert not is_valid(name, other)


WRONG: list[tuple[str, str, object]] = [
    ("ViewerHello", "token", "x" * 1025),
    ("ViewerHello", "name", "x" * 81),
    ("ViewerHello", "stream", "everything"),
    ("ViewerHello", "symbols", ["A"] * 501),
    ("ViewerHello", "symbols", ["x" * 33]),
    ("ViewerHello", "resume", {"epoch": "e"}),
    ("ViewerHello", "resume", {"epoch": "e", "seq": -1}),
    ("Subscribe", "symbols", None),
    ("Subscribe", "symbols", ["A"] * 501),
    ("Hello", "recovered", "yes"),
    ("Hello", "feed", "PAPER"),
    ("Hello", "seq", -1),
    ("SnapshotPart", "part", 0),
    ("Ticks", "conflated", -1),
    ("Ticks", "first", 1.5),
    ("Ticks", "ticks", [{"ticker": "A"}]),
    ("Rows", "rows", [{}]),
    ("Status", "link", {"phase": "SLEEPING"}),
    ("Status", "link", {"attempt": "3"}),
    ("Status", "counts", {"rejected_by": {"no event": "1"}}),
    ("Status", "redis", {"channels": {"x": {"dropped": {"age": None}}}}),
    ("Status", "viewers", {"cut_by": ["stuck"]}),
    ("Status", "universe", None),
    ("Event", "name", "link_sideways"),
    ("Log", "lines", [{"number": 1}]),
    ("Status", "detection", {"since": "now"}),
    ("ChartOf", "symbol", "x" * 33),
    ("ChartOf", "timeframe", "2min"),
    ("Patterns", "events", [{"symbol": "A"}]),
    ("Patterns", "missed", -1),
    ("Candles", "timeframe", "2min"),
    ("Candles", "candles", [{"start": 1}]),
    ("Candles", "whole", 1),
    ("Filter", "symbols", "A"),
    ("Error", "symbol", 5),
    ("Goodbye", "retry_after", "soon"),
]


@pytest.mark.parametrize(("name", "field", "value"), WRONG)
def test_wrong_values_are_not_valid(name: str, field: str, value: object) -> None:
    assert not is_valid(name, {**ONE_OF_EACH[name], field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("direction", 2), ("sparkline", [1.0] * 61), ("sparkline_tail", [1.0] * 61)],
)
def test_wrong_rows_are_not_valid(field: str, value: object) -> None:
    broken = copy.deepcopy(ONE_OF_EACH["Rows"])
    broken["rows"][1][field] = value
    assert not is_valid("Rows", broken)


values: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 0, -1, 1.5, "", "A", "ticks", 600 * "x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("seq"), inner, max_size=1),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(VALIDATORS)), st.data())
def test_the_schema_and_the_code_refuse_the_same(name: str, data: st.DataObject) -> None:
    message = copy.deepcopy(ONE_OF_EACH[name])
    field = data.draw(
        st.sampled_from(sorted(DOCUMENT["components"]["schemas"][name]["properties"]))
    )
    message[field] = ONE_OF_EACH[name]["type"] if field == "type" else data.draw(values)
    read = from_viewer if name in {m.__name__ for m in VIEWER_SAYS} else from_engine
    try:
        read(json.dumps(message))
    except ContractError:
        assert not is_valid(name, message)
    else:
        assert is_valid(name, message)
