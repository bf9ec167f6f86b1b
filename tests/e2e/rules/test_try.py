"""`logtally rules try`, as a process."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.commands.logtally import LOGTALLY, environment, logtally
from tests.e2e.terminal import shown_on_a_terminal, strip
from tests.packers import zstd_compress

RULES = '[{"name": "audit", "bucket": "audit-*"}, {"name": "api", "prefix": "prod/"}, {"name": "rest", "ignore": true}]'
LOG = b"""\
# written by hand
{"ts": "2025-09-15T12:00:01Z", "service": "api", "level": "INFO"}

{"ts": "2025-09-15T14:01:02.5+02:00", "service": "api", "level": "ERROR"}
no JSON
{"ts": "yesterday", "level": "ERROR"}
{"ts": "2025-09-15T12:00:03Z", "service": "api"}
"""
PINO = b"".join(b'{"level":%d,"time":1757937600123,"name":"api","msg":"m"}\n' % level for level in (30, 50) * 10)
WRITTEN_S = 1_757_940_000  # 2025-09-15T12:40:00Z


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.jsonl"
    path.write_bytes(LOG)
    os.utime(path, (WRITTEN_S, WRITTEN_S))
    return path


def _told(*words: str, **variables: str) -> tuple[Any, list[str]]:
    done = logtally("rules", "try", *words, variables=variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr.splitlines()


def test_each_line_says_how_it_is_read(log: Path) -> None:
    """And the totals are those of a report. Blank lines and comments are none."""
    told, notes = _told(str(log), "--as", "s3://logs/prod/app.jsonl", LOGTALLY_RULES=RULES)

    assert (told["file"], told["bucket"], told["key"]) == (str(log), "logs", "prod/app.jsonl")
    assert (told["rule"]["name"], told["passedOver"]) == ("api", ["audit"])
    columns = ("number", "time", "minute", "service", "level", "error", "malformed")
    assert [tuple(line[column] for column in columns) for line in told["lines"]] == [
        (2, "2025-09-15T12:00:01Z", "2025-09-15T12:00:00Z", "api", "INFO", False, False),
        (4, "2025-09-15T12:01:02.500000Z", "2025-09-15T12:01:00Z", "api", "ERROR", True, False),
        (5, None, None, None, None, False, True),
        (6, None, "2025-09-15T12:40:00Z", "unknown", "ERROR", True, False),
        (7, "2025-09-15T12:00:03Z", "2025-09-15T12:00:00Z", "api", None, False, False),
    ]
    assert told["totals"] == {
        "lines": 5,
        "errors": 2,
        "malformed": 1,
        "undated": 1,
        "withoutTime": 1,
        "withoutLevel": 1,
        "levels": {"ERROR": 2, "INFO": 1},
    }
    assert (told["suggestion"], notes) == (
        None,
        ["note: no time that can be read in ts: 1 of 5 lines; errors among them count when the file was written"],
    )


def test_lines_and_read_say_how_many(log: Path) -> None:
    """Of the file, with its comments."""
    told, _ = _told(str(log), "--lines", "1", "--read", "4")

    assert ([line["number"] for line in told["lines"]], told["totals"]["lines"]) == ([2], 2)


def test_a_file_without_a_name_in_s3_is_looked_up_by_its_own(log: Path) -> None:
    """Which is said; and so is that the last rule takes what no other does, and that it ignores it."""
    told, notes = _told(str(log), LOGTALLY_RULES=RULES)

    assert (told["bucket"], told["key"], told["rule"]["name"]) == (None, "app.jsonl", "rest")
    assert told["passedOver"] == ["audit", "api"]
    assert notes[:2] == [
        "note: rules are looked up for app.jsonl in no bucket; --as s3://BUCKET/KEY says where it would lie",
        "note: rest ignores it: a worker does not read it, and counts nothing of it",
    ]


def test_what_a_worker_leaves_alone_by_itself_is_said(log: Path) -> None:
    """It would be read if a rule were made for it."""
    _, notes = _told(str(log), "--as", "s3://logs/AWSLogs/1/a.gz")

    assert notes[0].startswith("note: a worker does not read it, as AWS or Terraform writes it about our own work")


def test_the_last_rule_takes_what_it_does_not_match(log: Path) -> None:
    """Which is said."""
    told, notes = _told(str(log), "--as", "s3://logs/a", LOGTALLY_RULES='[{"name": "api", "prefix": "prod/"}]')

    assert told["rule"]["name"] == "api"
    assert notes[0] == "note: no rule matches; api is the last, and takes whatever is left"


def test_rules_are_those_of_the_option_else_of_the_settings_else_one_for_everything(log: Path, tmp_path: Path) -> None:
    """No other setting is needed, and none is looked at."""
    (tmp_path / "a.yaml").write_text("threshold: 5\ntable: ''\nrules: [{name: config}]\n")
    (tmp_path / "b.json").write_text('[{"name": "option"}]')
    config = {"LOGTALLY_CONFIG": str(tmp_path / "a.yaml"), "LOGTALLY_TABEL": "x"}
    option = ("--rules", str(tmp_path / "b.json"))

    found = [
        _told(str(log), **variables)[0]["rule"]
        for variables in ({}, config, config | {"LOGTALLY_RULES": '[{"name": "variable"}]'})
    ]
    by_option = _told(str(log), *option, **config)[0]["rule"]

    assert [(rule["name"], rule["threshold"]) for rule in (*found, by_option)] == [
        ("default", 10),
        ("config", 5),
        ("variable", 5),
        ("option", 10),
    ]


def test_a_preset_that_reads_more_is_suggested(tmp_path: Path) -> None:
    """And is not, once the rule has it."""
    log = tmp_path / "app.jsonl"
    log.write_bytes(PINO)

    plain, notes = _told(str(log))
    preset, no_notes = _told(str(log), "--as", "s3://logs/a", LOGTALLY_RULES='[{"name": "a", "preset": "pino"}]')

    assert (plain["suggestion"], plain["totals"]["malformed"]) == ("pino", 20)
    assert notes[-1] == 'note: preset = "pino" finds a time and a level in 20 of 20 lines, this rule in 0'
    assert (preset["suggestion"], preset["totals"]["errors"], no_notes) == (None, 10, [])


def test_levels_in_other_words_are_noted(tmp_path: Path) -> None:
    """The preset fits, but for them: nought errors would be believed."""
    log = tmp_path / "app.jsonl"
    log.write_bytes(PINO.replace(b'"level":50', b'"level":"error"'))

    told, notes = _told(str(log), "--as", "s3://logs/a", LOGTALLY_RULES='[{"name": "a", "preset": "pino"}]')

    assert (told["totals"]["errors"], told["suggestion"]) == (0, None)
    assert notes == ["note: no error: levels are matched exactly, and here stands error instead of 50 or 60"]


@pytest.mark.parametrize(
    ("key", "packed"), [("prod/a", LOG), ("prod/a.gz", gzip.compress(LOG)), ("prod/a.zst", zstd_compress(LOG))]
)
def test_an_object_is_read_where_it_is(cloud: Cloud, wired: Wired, aws: boto3.Session, key: str, packed: bytes) -> None:
    """Packed or not."""
    aws.client("s3", endpoint_url=cloud.endpoint).put_object(Bucket=wired.bucket, Key=key, Body=packed)

    told, notes = _told(f"s3://{wired.bucket}/{key}", **cloud.environment(), LOGTALLY_RULES=RULES)

    assert (told["bucket"], told["key"], told["rule"]["name"]) == (wired.bucket, key, "api")
    assert (told["totals"]["lines"], told["totals"]["errors"]) == (5, 2)
    assert len(notes) == 1


def test_an_object_that_is_not_there_is_one_clear_line(cloud: Cloud, wired: Wired) -> None:
    """Wrong usage."""
    done = logtally("rules", "try", f"s3://{wired.bucket}/a", variables=cloud.environment())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: s3://{wired.bucket}/a: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_shows_a_table(log: Path) -> None:
    """With what a worker would call it. The file's name is not broken where the terminal ends, to be copied."""
    words = [*LOGTALLY, "rules", "try", str(log), "--as", "s3://logs/prod/a"]
    variables = {"TERM": "dumb", "COLUMNS": "60", "LOGTALLY_RULES": RULES}

    _, shown = shown_on_a_terminal(words, environment=environment(variables))

    lines = strip(shown).splitlines()
    assert lines[0] == str(log)
    assert lines[1].strip() == "rule api, behind audit"
    assert lines[4].split() == ["4", "2025-09-15", "12:01:02", "2025-09-15", "12:01", "api", "ERROR", "error"]
    assert lines[5].split() == ["5", "malformed"]
    assert "5 lines, 2 errors, 1 malformed, 1 without a time, 1 without a level" in lines
    assert "levels: ERROR (2), INFO (1)" in lines


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("nothing",), 2, "error: nothing: there is no such file"),
        (("s3://logs",), 2, "error: s3://logs: name an object, such as s3://logs/prod/app.jsonl"),
        (
            ("s3://logs/a", "--as", "s3://logs/b"),
            2,
            "error: --as s3://logs/b: is for a file on this machine; s3://logs/a has a name already",
        ),
        (("a", "--as", "b"), 2, "error: b: name an object, such as s3://logs/prod/app.jsonl"),
        (
            ("a", "--endpoint-url", "http://127.0.0.1:1"),
            2,
            "error: --endpoint-url: a is on this machine, and is read without AWS; leave it out",
        ),
        ((os.devnull, "--rules", "none.toml"), 2, "error: none.toml: there is no such file"),
    ],
)
def test_what_can_not_be_meant_is_one_clear_line(words: tuple[str, ...], code: int, line: str) -> None:
    """With its exit code."""
    done = logtally("rules", "try", *words)

    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"{line}\n")


def test_what_can_not_be_read_fails(tmp_path: Path) -> None:
    """Half a packed file, and what is no text."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(LOG)[:30])
    (tmp_path / "b").write_bytes(b"\xff\0")

    done = [logtally("rules", "try", str(tmp_path / name)) for name in ("a.gz", "b")]

    assert [(one.returncode, one.stdout) for one in done] == [(1, ""), (1, "")]
    assert done[0].stderr == f"error: {tmp_path / 'a.gz'}: truncated gzip: it ends before its end mark\n"
    assert done[1].stderr.startswith(f"error: {tmp_path / 'b'}: not text")


def test_wrong_rules_are_named(log: Path, tmp_path: Path) -> None:
    """With their line in a file, else with the variable."""
    file = tmp_path / "a.toml"
    file.write_text("[[rules]]\nname = 'a'\nthreshold = 0\n")

    by_file = logtally("rules", "try", str(log), "--rules", str(file))
    by_variable = logtally("rules", "try", str(log), variables={"LOGTALLY_RULES": '[{"name": "a", "threshold": 0}]'})

    words = "must be a whole number of 1 or more, not 0\n"
    assert (by_file.returncode, by_file.stderr) == (2, f"error: {file}:3: rules[0].threshold {words}")
    assert (by_variable.returncode, by_variable.stderr) == (2, f"error: LOGTALLY_RULES[0].threshold {words}")


def test_nothing_to_count_is_said() -> None:
    """An empty file."""
    told, notes = _told(os.devnull, "--as", "s3://logs/a")

    assert (told["lines"], told["totals"]["lines"]) == ([], 0)
    assert notes == ["note: it has no lines to count, or begins without any"]
