"""`logtally rules check`, as a process."""

import json
from pathlib import Path

import pytest

from tests.e2e.commands.logtally import LOGTALLY, environment, logtally
from tests.e2e.terminal import shown_on_a_terminal, strip

TOML = """\
threshold = 7
table = "ledger" # and what else a worker needs

[[rules]]
name = "audit"
bucket = "audit-*"
levels = ["FATAL", "ERROR"]

[[rules]]
name = "all"
preset = "pino"
threshold = 3
"""
YAML = """\
threshold: 7
table: ledger # and what else a worker needs
rules:
  - name: audit
    bucket: audit-*
    levels: [FATAL, ERROR]
  - {name: all, preset: pino, threshold: 3}
"""
RULES = """\
[{"name": "audit", "bucket": "audit-*", "threshold": 7, "levels": ["FATAL", "ERROR"]},
 {"name": "all", "preset": "pino", "threshold": 3}]
"""
JSON = f'{{"threshold": 7, "rules": {RULES}}}'


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML), ("a.json", RULES), ("b.json", JSON)]
)
def test_right_rules_are_shown_as_they_will_be_used(tmp_path: Path, name: str, text: str) -> None:
    """Without any setting, and without AWS."""
    (tmp_path / name).write_text(text)

    done = logtally("rules", "check", str(tmp_path / name))

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["file"] == str(tmp_path / name)
    audit, everything = told["rules"]
    assert (audit["name"], audit["bucket"], audit["threshold"]) == ("audit", "audit-*", 7)
    assert (audit["levels"], audit["time_field"], audit["zone"]) == (["ERROR", "FATAL"], "ts", None)
    assert (everything["name"], everything["threshold"], everything["levels"]) == ("all", 3, ["50", "60"])
    assert (everything["time_field"], everything["service_field"]) == ("time", "name")


WRONG = """\
treshold: 3
rules:
  - name: a
    threshold: 0
    prefx: x
  - name: b
    time_field: level
  - suffix: .json
  - name: a
"""


def test_all_that_is_wrong_is_named_with_its_line(tmp_path: Path) -> None:
    """As an editor takes it."""
    file = tmp_path / "a.yaml"
    file.write_text(WRONG)

    done = logtally("rules", "check", str(file))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"{file}:1: treshold is no setting; is threshold meant?",
        f"{file}:4: rules[0].threshold must be a whole number of 1 or more, not 0",
        f"{file}:5: rules[0].prefx is no field of a rule; is prefix meant?",
        f"{file}:6: rules[1]: time_field, service_field and level_field must be three different fields",
        f"{file}:8: rules[2].name is not set: how the ledger names it",
        f"{file}:9: rules[3].name: rules[0] is called a, too; rules must have names of their own",
    ]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.yaml", "rules:\n- name: a\n  suffix: *.json\n", ":3:11: no YAML: put a text that begins with * or & into"),
        ("a.toml", "[[rules]]\nname 'a'\n", ":2:6: no TOML: expected '=' after a key in a key/value pair"),
        ("a.json", '[{"name": "a"}\n', ":2:1: no JSON: expecting ',' delimiter"),
        ("a.toml", "threshold = 3\n", ":1: it holds no rules: a list of them, under the key rules"),
        ("a.yaml", "- name: a\n", ":1: it must hold settings, and among them the list rules"),
    ],
)
def test_what_holds_no_rules_is_one_line(tmp_path: Path, name: str, text: str, line: str) -> None:
    """With the column, if it is none of its kind."""
    (tmp_path / name).write_text(text)

    done = logtally("rules", "check", str(tmp_path / name))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{tmp_path / name}{line}")
    assert len(done.stderr.splitlines()) == 1


def test_what_may_not_be_meant_is_a_note(tmp_path: Path) -> None:
    """Nothing is wrong with it."""
    file = tmp_path / "a.toml"
    file.write_text(
        "[[rules]]\nname = 'prod'\nprefix = 'prod/'\n"
        "[[rules]]\nname = 'api'\nprefix = 'prod/api/'\n"
        "[[rules]]\nname = 'rest'\nprefix = '/web/'\nsuffix = '.json'\n"
    )

    done = logtally("rules", "check", str(file))

    assert (done.returncode, len(json.loads(done.stdout)["rules"])) == (0, 3)
    assert done.stderr.splitlines() == [
        f"note: {file}:4: rules[1] (api) is never used: rules[0] (prod) takes all that it would",
        f"note: {file}:7: rules[2] (rest): a key seldom begins with a slash, as its prefix does",
        (
            f"note: {file}:7: rules[2] (rest) is the last, and takes whatever is left, also what its bucket, prefix and"
            " suffix do not match; if others shall, put a rule without these behind it"
        ),
    ]


def test_a_terminal_shows_a_table(tmp_path: Path) -> None:
    """A line for each rule."""
    file = tmp_path / "a.yaml"
    file.write_text(YAML + '  - {name: "x\\e[31m", suffix: .gz, ignore: true}\n')

    code, shown = shown_on_a_terminal(
        [*LOGTALLY, "rules", "check", str(file)], environment=environment({"TERM": "dumb", "COLUMNS": "120"})
    )

    assert code == 0
    assert "\x1b[31m" not in shown
    lines = [line.split() for line in strip(shown).splitlines()]
    assert lines[1] == ["audit", "s3://audit-*/*", "7", "ERROR,", "FATAL", "ts,", "service,", "level"]
    assert lines[3][-2:] == ["s3://*/*.gz", "ignored"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("nothing.toml",), "error: nothing.toml: there is no such file"),
        ((".",), "error: .: is a folder; name a file in it"),
    ],
)
def test_no_such_file(words: tuple[str, ...], line: str) -> None:
    """Wrong usage."""
    done = logtally("rules", "check", *words)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


@pytest.mark.parametrize("words", [("--region", "eu-west-1", "rules"), ("rules", "--region", "eu-west-1")], ids=str)
def test_an_option_of_aws_is_refused(words: tuple[str, ...]) -> None:
    """It could not be meant."""
    done = logtally(*words, "check", "a.toml")

    assert done.returncode == 2
    assert done.stderr == "error: --region: rules check does not speak to AWS; leave it out\n"
