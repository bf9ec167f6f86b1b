"""What doctor says of the settings, as a process."""

import re
from pathlib import Path
from typing import Any

from tests.e2e.commands.logtally import logtally
from tests.e2e.doctor.conftest import Doctor

TOKEN = "0123456789abcdef-nobody-may-read-this"


def _lines(told: Any) -> dict[str, tuple[str | None, str, str | None]]:
    return {line["name"]: (line["value"], line["source"], line["where"]) for line in told["settings"]}


def test_each_setting_says_where_it_is_from(doctor: Doctor, tmp_path: Path) -> None:
    """A variable, an option, the file, or nobody; a variable wins over the file."""
    config = tmp_path / "logtally.toml"
    config.write_text(
        'threshold = 7\nlinger_s = 2.5\n[[rules]]\nname = "audit"\nprefix = "audit/"\nlevels = ["FATAL", "ERROR"]\n'
        '[[rules]]\nname = "all"\n'
    )

    told = doctor.told("--region", doctor.cloud.region, code=0, LOGTALLY_CONFIG=str(config), logtally_threshold="9")

    lines = _lines(told)
    assert lines["LOGTALLY_THRESHOLD"] == ("9", "environment", "logtally_threshold")
    assert lines["LOGTALLY_LINGER_S"] == ("2.5", "file", str(config))
    assert lines["LOGTALLY_REGION"] == (doctor.cloud.region, "option", "--region")
    assert lines["LOGTALLY_SETTLE_EVERY_S"] == ("15", "default", None)
    assert lines["LOGTALLY_RULES"] == ("2 of them", "file", str(config))
    assert lines["rule audit"] == ("prefix=audit/ levels=ERROR,FATAL", "file", str(config))
    assert lines["rule all"] == ("everything as above", "file", str(config))


def test_wrong_settings_are_named_and_the_others_asked_about(doctor: Doctor) -> None:
    """All at once."""
    told = doctor.told(code=2, LOGTALLY_TABLE="", LOGTALLY_THRESHOLD="many", LOGTALLY_TRESHOLD="1")

    wrong = {line["name"]: line["problem"] for line in told["settings"] if line["problem"]}
    assert wrong == {
        "LOGTALLY_TABLE": "LOGTALLY_TABLE must be a table's name: 3 to 255 of A-Z a-z 0-9 _ . -, and is empty",
        "LOGTALLY_THRESHOLD": "LOGTALLY_THRESHOLD must be a whole number of 1 or more, not many",
    }
    assert told["problems"][0] == "LOGTALLY_TRESHOLD is no setting; is LOGTALLY_THRESHOLD meant?"
    verdicts = {one["part"]: one["verdict"] for one in told["findings"]}
    assert (verdicts["queue"], verdicts["table"], verdicts["metrics: push"]) == ("ok", "skipped", "ok")


def test_what_does_not_fit_together_is_wrong_in_each_of_them(doctor: Doctor) -> None:
    """And keeps its value: by itself it is right."""
    told = doctor.told(code=2, LOGTALLY_DRAIN_TIMEOUT_S="120")

    lines = {line["name"]: line for line in told["settings"] if line["problem"]}
    assert [*lines] == ["LOGTALLY_VISIBILITY_TIMEOUT_S", "LOGTALLY_DRAIN_TIMEOUT_S", "LOGTALLY_STOP_TIMEOUT_S"]
    assert lines["LOGTALLY_DRAIN_TIMEOUT_S"]["value"] == "120"


def test_a_file_that_can_not_be_read_leaves_the_environment(doctor: Doctor, tmp_path: Path) -> None:
    """It is named, and AWS is asked."""
    told = doctor.told(code=2, LOGTALLY_CONFIG=str(tmp_path / "nowhere.toml"))

    assert told["problems"] == [f"LOGTALLY_CONFIG: there is no file {tmp_path / 'nowhere.toml'}"]
    assert {one["verdict"] for one in told["findings"]} == {"ok"}


def test_without_any_setting_it_says_so(doctor: Doctor) -> None:
    """Each that must be set is named; without a region nobody is asked."""
    done = logtally("doctor")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "error: no AWS region: set AWS_REGION"
    assert done.stderr.count(" is not set: ") == 5


def test_a_token_is_never_shown(doctor: Doctor, tmp_path: Path) -> None:
    """Not in a variable, not in the file, right or wrong."""
    config = tmp_path / "logtally.toml"
    config.write_text(f'api_token = "{TOKEN}"\n')
    variables = dict(doctor.variables)

    ways = [
        {"LOGTALLY_API_TOKEN": TOKEN},
        {"LOGTALLY_API_TOKEN": f"{TOKEN},short-{TOKEN[:6]}"},
        {"LOGTALLY_API_TOKEN": f"{TOKEN} {TOKEN}"},
        {"LOGTALLY_CONFIG": str(config)},
        {"LOGTALLY_API_TOKN": TOKEN},
    ]
    shown = [logtally("doctor", variables=variables | way) for way in ways]

    assert [done.returncode for done in shown] == [0, 2, 2, 0, 2]
    assert all(TOKEN[:6] not in done.stdout + done.stderr for done in shown)
    assert "1 set, not shown" in shown[0].stdout
    assert TOKEN[:6] not in doctor.shown(LOGTALLY_API_TOKEN=TOKEN)


def test_a_fence_that_may_not_be_shortened_is_a_wrong_setting(doctor: Doctor) -> None:
    """A worker would not start with it."""
    told = doctor.told(code=2, LOGTALLY_LOCAL_FENCE="{")

    assert any("LOGTALLY_LOCAL_FENCE" in line for line in told["problems"])


def test_a_terminal_of_80_columns_shows_all_of_it(doctor: Doctor) -> None:
    """And no line is longer."""
    shown = re.sub(r"\x1b\[[0-9;]*m", "", doctor.shown(LOGTALLY_TABLE="gone"))

    assert max(map(len, shown.splitlines())) <= 80
    for words in (
        "LOGTALLY_QUEUE_URL",
        "environment",
        "us-east-1",
        "none is named",
        "→ make it",
        "metrics: read marks",
    ):
        assert words in shown
