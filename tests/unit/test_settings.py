"""Settings: read once, checked together, refused in one line."""

import os
from pathlib import Path

import pytest

from core.costs import PRICES, Prices
from core.errors import Usage, WrongSettings
from core.settings import load

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

    assert (rule.name, rule.threshold, rule.shape.levels) == ("default", 10, frozenset({"ERROR"}))


def test_a_rule_says_only_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is as in the settings."""
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "7")
    monkeypatch.setenv("LOGTALLY_RULES", '[{"name": "a", "prefix": "a/", "threshold": 3}, {"name": "rest"}]')

    assert [(rule.name, rule.prefix, rule.threshold) for rule in load().all_rules()] == [
        ("a", "a/", 3),
        ("rest", "", 7),
    ]


def test_prices_are_those_of_a_list_unless_somebody_pays_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a setting of its own."""
    before = load().prices()
    names = ("1K_LISTS", "1K_GETS", "1M_READS", "1M_WRITES", "1K_PUSHES", "1M_MESSAGES", "1M_ALERTS")
    for dollars, name in enumerate(names, 1):
        monkeypatch.setenv(f"LOGTALLY_PRICE_{name}", f"{dollars}.5")

    assert before == PRICES
    assert load().prices() == Prices(lists=1.5, gets=2.5, reads=3.5, writes=4.5, pushes=5.5, messages=6.5, alerts=7.5)


@pytest.mark.parametrize("text", ["-0.01", "cheap", "nan"])
def test_a_price_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A bill of it would be nonsense."""
    monkeypatch.setenv("LOGTALLY_PRICE_1K_GETS", text)

    with pytest.raises(WrongSettings, match="LOGTALLY_PRICE_1K_GETS"):
        load()


def test_a_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that one variable can be tried without touching the file."""
    file = tmp_path / "logtally.toml"
    file.write_text('threshold = 7\nlinger_s = 3\n[[rules]]\nname = "all"\n')
    monkeypatch.setenv("LOGTALLY_CONFIG", str(file))
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "8")

    settings = load()

    assert (settings.threshold, settings.linger_s, settings.all_rules()[0].name) == (8, 3, "all")


NO_ADDRESS = "matches nothing: a bucket's name stands in bucket, and how its keys begin in prefix"
LEVELS = 'names with commas between them, such as ERROR,FATAL, or a list, such as ["ERROR", "FATAL"]'
TOPIC = "the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:alerts"
RULES = "a list of rules: JSON in the variable, [[rules]] in a TOML file, rules: in a YAML file"
DRAIN_FIRST = (
    "must hold: a draining worker must finish before it is killed, and be gone before its messages become visible"
)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("LOGTALLY_TRESHOLD", "3", "LOGTALLY_TRESHOLD is no setting; is LOGTALLY_THRESHOLD meant?"),
        ("LOGTALLY_XYZ", "3", "LOGTALLY_XYZ is no setting"),
        ("logtally_treshold", "3", "logtally_treshold is no setting; is LOGTALLY_THRESHOLD meant?"),
        ("LOGTALLY_THRESHOLD", "0", "LOGTALLY_THRESHOLD must be a whole number of 1 or more, not 0"),
        ("LOGTALLY_THRESHOLD", "", "LOGTALLY_THRESHOLD must be a whole number of 1 or more, and is empty"),
        ("LOGTALLY_LINGER_S", "nan", "LOGTALLY_LINGER_S must be a number from 0 to 60, not nan"),
        ("LOGTALLY_RETENTION_DAYS", "14", "LOGTALLY_RETENTION_DAYS must be a whole number from 15 to 3650, not 14"),
        ("LOGTALLY_SETTLE_EVERY_S", "0", "LOGTALLY_SETTLE_EVERY_S must be a number over 0, up to 3600, not 0"),
        ("LOGTALLY_TOPIC_ARN", "alerts", f"LOGTALLY_TOPIC_ARN must be {TOPIC}, not alerts"),
        (
            "LOGTALLY_QUEUE_URL",
            "uploads",
            (
                "LOGTALLY_QUEUE_URL must be the URL of a queue, such as"
                " https://sqs.eu-west-1.amazonaws.com/123456789012/uploads, not uploads"
            ),
        ),
        (
            "LOGTALLY_DEAD_QUEUE_URL",
            GOOD["LOGTALLY_QUEUE_URL"],
            "LOGTALLY_DEAD_QUEUE_URL: is the queue that S3 announces objects in; name its dead-letter queue",
        ),
        (
            "LOGTALLY_TABLE",
            "x" * 300,
            f"LOGTALLY_TABLE must be a table's name: 3 to 255 of A-Z a-z 0-9 _ . -, not {'x' * 80}…",
        ),
        (
            "LOGTALLY_ENVIRONMENT",
            "pröd",
            "LOGTALLY_ENVIRONMENT must be 1 to 64 of A-Z a-z 0-9 _ . -, a letter or a digit first, not pröd",
        ),
        ("LOGTALLY_LOG_LEVEL", "loud", "LOGTALLY_LOG_LEVEL must be debug, info, warning or error, not loud"),
        ("LOGTALLY_LOG_FORMAT", "xml", "LOGTALLY_LOG_FORMAT must be auto, json or console, not xml"),
        (
            "LOGTALLY_HEALTH_FILE",
            "",
            "LOGTALLY_HEALTH_FILE must be the path of a file, in a folder that is there, and is empty",
        ),
        ("LOGTALLY_LEVELS", "ERROR,,FATAL", f"LOGTALLY_LEVELS must be {LEVELS}, not ERROR,,FATAL"),
        ("LOGTALLY_LEVELS", "ERROR;FATAL", f"LOGTALLY_LEVELS must be {LEVELS}, not ERROR;FATAL"),
        ("LOGTALLY_LEVELS", "", f"LOGTALLY_LEVELS must be {LEVELS}, and is empty"),
        ("LOGTALLY_LEVELS", "[1]", f"LOGTALLY_LEVELS must be {LEVELS}, not [1]"),
        ("LOGTALLY_LEVELS", '["A"', "LOGTALLY_LEVELS: no JSON: expecting ',' delimiter, line 1, column 5"),
        ("LOGTALLY_RULES", "nope", "LOGTALLY_RULES: no JSON: expecting value, line 1, column 1"),
        ("LOGTALLY_RULES", '{"name": "a"}', f'LOGTALLY_RULES must be {RULES}, not {{"name": "a"}}'),
        ("LOGTALLY_RULES", "[3]", 'LOGTALLY_RULES[0] must be a rule, such as {"name": "all"}, not 3'),
        ("LOGTALLY_RULES", '[{"prefix": "a/"}]', "LOGTALLY_RULES[0].name is not set: how the ledger names it"),
        (
            "LOGTALLY_RULES",
            '[{"name": "a", "prefx": "x"}]',
            "LOGTALLY_RULES[0].prefx is no field of a rule; is prefix meant?",
        ),
        (
            "LOGTALLY_RULES",
            '[{"name": "a", "topic_arn": "x"}]',
            f"LOGTALLY_RULES[0].topic_arn must be {TOPIC}, not x",
        ),
        (
            "LOGTALLY_RULES",
            '[{"name": "{a}"}, {"name": "{a}"}]',
            "LOGTALLY_RULES: rules[1].name: rules[0] is called {a}, too; rules must have names of their own",
        ),
        (
            "LOGTALLY_RULES",
            '[{"name": "a", "time_field": "level"}]',
            "LOGTALLY_RULES[0]: time_field, service_field and level_field must be three different fields",
        ),
        (
            "LOGTALLY_DRAIN_TIMEOUT_S",
            "130",
            (
                "LOGTALLY_DRAIN_TIMEOUT_S=130 < LOGTALLY_STOP_TIMEOUT_S=120 < LOGTALLY_VISIBILITY_TIMEOUT_S=300"
                f" {DRAIN_FIRST}"
            ),
        ),
        ("LOGTALLY_CONFIG", "nowhere.toml", "LOGTALLY_CONFIG: there is no file nowhere.toml"),
        ("LOGTALLY_CONFIG", "/", "LOGTALLY_CONFIG: / is a folder; name a TOML file in it"),
        ("LOGTALLY_CONFIG", "/dev/null/a", "LOGTALLY_CONFIG: /dev/null/a can't be read: Not a directory"),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, line: str
) -> None:
    """In one line."""
    monkeypatch.setenv(name, value)

    with pytest.raises(Usage) as refused:
        load()

    assert str(refused.value) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"treshold = 3", "logtally.toml: treshold is no setting; is threshold meant?"),
        (b"LOGTALLY_THRESHOLD = 3", "logtally.toml: LOGTALLY_THRESHOLD is no setting; is threshold meant?"),
        (b"threshold = true", "logtally.toml: threshold must be a whole number of 1 or more, not true"),
        (
            b"[[rules]]\nname = 'a'\nthreshold = true",
            "logtally.toml: rules[0].threshold must be a whole number of 1 or more, not true",
        ),
        (b"threshold = 0", "logtally.toml: threshold must be a whole number of 1 or more, not 0"),
        (b"levels = []", f"logtally.toml: levels must be {LEVELS}, not []"),
        (b"[[rules]]\nname = 'a'\nlevels = 1", f"logtally.toml: rules[0].levels must be {LEVELS}, not 1"),
        (b"[[rules]]\nname = 'a'\nbucket = 's3://logs'", f"logtally.toml: rules[0].bucket: {NO_ADDRESS}"),
        (b"[[rules]]\nname = 'a'\nbucket = 'logs/prod'", f"logtally.toml: rules[0].bucket: {NO_ADDRESS}"),
        (b"[[rules]]\nname = 'a'\nprefix = 'arn:aws:s3:::a'", f"logtally.toml: rules[0].prefix: {NO_ADDRESS}"),
        (b"[[rules]]\nname = 'a'\nfoo = 1", "logtally.toml: rules[0].foo is no field of a rule"),
        (
            b"[[rules]]\nname = 'a'\n[[rules]]\nname = 'b'\nthreshhold = 1",
            "logtally.toml: rules[1].threshhold is no field of a rule; is threshold meant?",
        ),
        (b"[rules]\nname = 'a'", f'logtally.toml: rules must be {RULES}, not {{"name": "a"}}'),
        (
            b"visibility_timeout_s = 60",
            (
                "LOGTALLY_DRAIN_TIMEOUT_S=90 < LOGTALLY_STOP_TIMEOUT_S=120 < logtally.toml: visibility_timeout_s=60"
                f" {DRAIN_FIRST}"
            ),
        ),
        (b"a = 1\nb 2", "logtally.toml, line 2, column 3: no TOML: expected '=' after a key in a key/value pair"),
        (b"threshold =", "logtally.toml, line 1, column 12: no TOML: invalid value"),
        (b"\xff", "logtally.toml, line 1, column 1: no TOML: not UTF-8; save it as UTF-8"),
    ],
)
def test_a_wrong_file_is_named_with_the_place_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: bytes, line: str
) -> None:
    """In one line."""
    monkeypatch.chdir(tmp_path)
    Path("logtally.toml").write_bytes(text)
    monkeypatch.setenv("LOGTALLY_CONFIG", "logtally.toml")

    with pytest.raises(Usage) as refused:
        load()

    assert str(refused.value) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"treshold: 3", "logtally.yml: treshold is no setting; is threshold meant?"),
        (b"threshold: yes", "logtally.yml: threshold must be a whole number of 1 or more, not yes"),
        (b"rules:\n- name: a\n  foo: 1", "logtally.yml: rules[0].foo is no field of a rule"),
        (b"rules:", f"logtally.yml: rules must be {RULES}, not null"),
        (
            b"threshold: 3\nthreshold: 4",
            (
                "logtally.yml, line 2, column 1: no YAML: threshold stands here for the second time, first in line 1;"
                " say it once"
            ),
        ),
        (
            b"- name: a",
            "logtally.yml, line 1, column 1: settings stand as `key: value`, each in a line, and here they do not",
        ),
        (b"\xff", "logtally.yml, line 1, column 1: no YAML: not UTF-8; save it as UTF-8"),
    ],
)
def test_a_wrong_file_of_yaml_is_named_with_the_place_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: bytes, line: str
) -> None:
    """In one line, too."""
    monkeypatch.chdir(tmp_path)
    Path("logtally.yml").write_bytes(text)
    monkeypatch.setenv("LOGTALLY_CONFIG", "logtally.yml")

    with pytest.raises(Usage) as refused:
        load()

    assert str(refused.value) == line


@pytest.mark.parametrize("name", ["logtally.yaml", "logtally.yml", "LOGTALLY.YML"])
def test_a_file_of_yaml_says_what_one_of_toml_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Its name says that it is one. A variable wins over it as well."""
    file = tmp_path / name
    file.write_text("threshold: 7\nlinger_s: 3\nrules:\n- name: all\n  zone: +10:00\n  levels: [NO, 50]\n")
    monkeypatch.setenv("LOGTALLY_CONFIG", str(file))
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "8")

    settings = load()

    [rule] = settings.all_rules()
    assert (settings.threshold, settings.linger_s, rule.name) == (8, 3, "all")
    assert (rule.shape.zone, rule.shape.levels) == ("+10:00", frozenset({"NO", "50"}))


def test_what_the_file_says_wrong_and_a_variable_says_right_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And a wrong variable is named as one, though the file says it, too."""
    (tmp_path / "logtally.toml").write_text("threshold = 0\nlinger_s = 1\n")
    monkeypatch.setenv("LOGTALLY_CONFIG", str(tmp_path / "logtally.toml"))
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "5")
    monkeypatch.setenv("LOGTALLY_LINGER_S", "61")

    with pytest.raises(Usage) as refused:
        load()

    assert str(refused.value) == "LOGTALLY_LINGER_S must be a number from 0 to 60, not 61"


def test_all_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a problem of its own: nobody mends five settings in five starts."""
    for name in GOOD:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOGTALLY_TABEL", "ledger")

    with pytest.raises(WrongSettings) as refused:
        load()

    assert refused.value.problems == (
        "LOGTALLY_TABEL is no setting; is LOGTALLY_TABLE meant?",
        "LOGTALLY_QUEUE_URL is not set: the queue that S3 announces objects in",
        "LOGTALLY_DEAD_QUEUE_URL is not set: the dead-letter queue that its redrive policy names",
        "LOGTALLY_TABLE is not set: the ledger's DynamoDB table",
        "LOGTALLY_TOPIC_ARN is not set: the SNS topic that alerts go to",
        "LOGTALLY_ENVIRONMENT is not set: the dimension `Environment` of all metrics",
    )


@pytest.mark.parametrize("levels", ["ERROR,FATAL", " ERROR , FATAL ", '["ERROR", "FATAL"]'])
def test_levels_stand_with_commas_or_in_a_list(monkeypatch: pytest.MonkeyPatch, levels: str) -> None:
    """In a variable."""
    monkeypatch.setenv("LOGTALLY_LEVELS", levels)

    assert load().levels == {"ERROR", "FATAL"}


@pytest.mark.parametrize("levels", ["'ERROR,FATAL'", "['ERROR', 'FATAL']"])
def test_levels_in_a_file_are_read_as_in_a_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, levels: str
) -> None:
    """Of all rules, and of one."""
    (tmp_path / "logtally.toml").write_text(f"levels = {levels}\n[[rules]]\nname = 'a'\nlevels = {levels}\n")
    monkeypatch.setenv("LOGTALLY_CONFIG", str(tmp_path / "logtally.toml"))

    settings = load()

    assert {settings.levels, settings.rules[0].levels} == {frozenset({"ERROR", "FATAL"})}


def test_words_of_a_choice_are_read_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other programs want them in capitals."""
    monkeypatch.setenv("LOGTALLY_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("LOGTALLY_LOG_FORMAT", "Json")

    settings = load()

    assert (settings.log_level, settings.log_format) == ("warning", "json")
