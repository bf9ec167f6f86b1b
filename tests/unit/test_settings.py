"""Settings: read once, checked together, refused in one line."""

import os
from pathlib import Path

import pytest

from core.errors import Usage
from core.settings import fence, load
from core.writers import Fence

GOOD = {
    "LOGTALLY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/uploads",
    "LOGTALLY_DEAD_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/uploads-dead",
    "LOGTALLY_TABLE": "ledger",
    "LOGTALLY_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "LOGTALLY_ENVIRONMENT": "prod",
}


@pytest.fixture(autouse=True)
def _good(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LOGTALLY_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_five_names_are_enough() -> None:
    """All else has a default."""
    (rule,) = load().all_rules()

    assert (rule.name, rule.threshold, rule.levels) == ("default", 10, frozenset({"ERROR"}))


def test_a_rule_says_only_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is as in the settings."""
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "7")
    monkeypatch.setenv("LOGTALLY_RULES", '[{"name": "a", "prefix": "a/", "threshold": 3}, {"name": "rest"}]')

    assert [(rule.name, rule.prefix, rule.threshold) for rule in load().all_rules()] == [
        ("a", "a/", 3),
        ("rest", "", 7),
    ]


def test_a_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that one variable can be tried without touching the file."""
    file = tmp_path / "logtally.toml"
    file.write_text('threshold = 7\nlinger_s = 3\n[[rules]]\nname = "all"\n')
    monkeypatch.setenv("LOGTALLY_CONFIG", str(file))
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "8")

    settings = load()

    assert (settings.threshold, settings.linger_s, settings.all_rules()[0].name) == (8, 3, "all")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("LOGTALLY_THRESHOLD", "0", "LOGTALLY_THRESHOLD: input should be greater than or equal to 1"),
        ("LOGTALLY_TRESHOLD", "3", "is LOGTALLY_THRESHOLD meant?"),
        ("LOGTALLY_TOPIC_ARN", "alerts", "LOGTALLY_TOPIC_ARN: must match ^arn:"),
        ("LOGTALLY_ENVIRONMENT", "pröd", "LOGTALLY_ENVIRONMENT: must match"),
        ("LOGTALLY_DRAIN_TIMEOUT_S", "130", "drain_timeout_s < stop_timeout_s < visibility_timeout_s must hold"),
        ("LOGTALLY_RETENTION_DAYS", "14", "LOGTALLY_RETENTION_DAYS: input should be greater than or equal to 15"),
        ("LOGTALLY_LOG_LEVEL", "loud", "LOGTALLY_LOG_LEVEL: input should be 'debug', 'info', 'warning' or 'error'"),
        ("LOGTALLY_RULES", '[{"name": "a", "prefx": "x"}]', "rules.0.prefx: extra inputs are not permitted"),
        ("LOGTALLY_RULES", '[{"name": "a"}, {"name": "a"}]', "LOGTALLY_RULES: two rules are called a"),
        ("LOGTALLY_RULES", '[{"name": "a", "time_field": "level"}]', "must be three different fields"),
        ("LOGTALLY_RULES", "nope", 'error parsing value for field "rules"'),
        ("LOGTALLY_CONFIG", "nowhere.toml", "there is no file nowhere.toml"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    """In one line."""
    monkeypatch.setenv(name, value)

    with pytest.raises(Usage) as refused:
        load()

    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_setting_is_named_with_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resources have no default names."""
    monkeypatch.delenv("LOGTALLY_TABLE")

    with pytest.raises(Usage, match="LOGTALLY_TABLE is not set: the ledger's DynamoDB table"):
        load()


def test_the_fence_is_no_setting_but_on_the_loopback() -> None:
    """Elsewhere a shorter one would count errors twice."""
    shorter = {"LOGTALLY_LOCAL_FENCE": '{"margin_s": 1, "signature_age_s": 2, "hold_s": 3}'}

    assert fence({}, endpoints=["https://sqs.eu-west-1.amazonaws.com"]) == Fence()
    assert fence(shorter, endpoints=["http://127.0.0.1:4566"]) == Fence(margin_s=1, signature_age_s=2, hold_s=3)
    for endpoint in ("https://sqs.eu-west-1.amazonaws.com", "http://localhost:4566", "http://10.0.0.1"):
        with pytest.raises(Usage, match="is for the local cloud alone"):
            fence(shorter, endpoints=["http://127.0.0.1:4566", endpoint])
