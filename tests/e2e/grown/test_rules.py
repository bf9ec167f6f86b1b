"""What a rule says of some objects, seen from the outside: the worker's turns over a real bucket and queue."""

import pytest

from core.meters import Metric
from core.model import Missing
from core.presets import Preset
from core.rule_settings import RuleSettings
from tests.e2e.grown.growing import Growing
from tests.faults.stage import Stage

pytestmark = pytest.mark.slow


def _put(growing: Growing, key: str, body: bytes) -> None:
    growing.world.aws.s3.put_object(Bucket=growing.world.wired.bucket, Key=key, Body=body)


def test_what_a_rule_ignores_is_not_read_and_its_message_is_done_with(stage: Stage) -> None:
    """Nothing of it is in the ledger; and it costs no call but the deletion."""
    growing = Growing(stage, rules=(RuleSettings(name="debug", prefix="debug/", ignore=True), RuleSettings(name="all")))
    for key in ("debug/a.jsonl", "AWSLogs/1/CloudTrail/a.json.gz", "good.jsonl"):
        _put(growing, key, growing.lines("orders", 3))
    growing.worker.turn()

    assert growing.graph == {"orders": 3}
    assert growing.calls("GetObject") == 1
    assert growing.left == 0
    assert growing.world.look.object("debug/a.jsonl") == []
    assert growing.worker.parts.meters.take().counts[Metric.IGNORED] == 2


def test_a_rule_says_where_its_lines_have_what_is_counted(stage: Stage) -> None:
    """The ledger names the rule."""
    rules = (
        RuleSettings(name="node", prefix="app", preset=Preset.PINO, threshold=2),
        RuleSettings(name="all"),
    )
    growing = Growing(stage, rules=rules)
    millis = int(growing.world.clock() - 600) * 1000
    growing.count(b'{"level":50,"time":%d,"name":"web"}\n{"level":60,"time":%d,"name":"web"}\n' % (millis, millis))

    assert growing.graph == {"web": 2, "": 1}
    (account,) = growing.accounts
    assert (account.rule, account.rang) == ("node", True)


def test_a_rule_says_what_a_missing_object_leads_to(stage: Stage) -> None:
    """Whatever the setting for all says."""
    rules = (RuleSettings(name="kept", prefix="app", missing_object=Missing.DLQ), RuleSettings(name="all"))
    growing = Growing(stage, rules=rules)
    for key in ("app.jsonl", "other.jsonl"):
        _put(growing, key, growing.lines("orders"))
        for version in growing.world.aws.s3.list_object_versions(Bucket=growing.world.wired.bucket)["Versions"]:
            growing.world.aws.s3.delete_object(
                Bucket=growing.world.wired.bucket, Key=version["Key"], VersionId=version["VersionId"]
            )
    growing.worker.turn()

    (letter,) = growing.world.look.dead_letters()
    assert "app.jsonl" in letter["Body"]
    assert growing.left == 0
