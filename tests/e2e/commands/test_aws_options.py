"""--profile, --region and --endpoint-url, before a command and after it."""

import json
from pathlib import Path

import pytest

from local.cloud import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Cloud
from local.wiring import Wired
from tests.e2e.commands.logtally import logtally

NOWHERE = "http://127.0.0.1:1"
REGION = "eu-central-1"  # of the local cloud, where nothing is wired


@pytest.fixture
def environment(cloud: Cloud, wired: Wired) -> dict[str, str]:
    return cloud.environment(wired)


@pytest.mark.parametrize("words", [("ledger", "list"), ("ledger", "writers"), ("dlq", "list")], ids=" ".join)
def test_an_endpoint_is_taken_before_and_after_a_command(
    cloud: Cloud, environment: dict[str, str], words: tuple[str, ...]
) -> None:
    """And wins over the environment, also over that of one service."""
    variables = environment | {
        "AWS_ENDPOINT_URL": NOWHERE,
        "AWS_ENDPOINT_URL_DYNAMODB": NOWHERE,
        "AWS_ENDPOINT_URL_SQS": NOWHERE,
    }

    before = logtally("--endpoint-url", cloud.endpoint, *words, variables=variables)
    after = logtally(*words, "--endpoint-url", cloud.endpoint, variables=variables)
    between = logtally(words[0], "--endpoint-url", cloud.endpoint, words[1], variables=variables)

    assert [done.returncode for done in (before, after, between)] == [0, 0, 0]
    assert before.stdout == after.stdout == between.stdout


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_a_region_wins_over_the_setting(environment: dict[str, str], tmp_path: Path, *, first: bool) -> None:
    """Wherever that stands."""
    config = tmp_path / "logtally.toml"
    config.write_text('region = "us-east-1"\n')
    option, words = ["--region", REGION], ["ledger", "writers"]

    done = logtally(*([*option, *words] if first else [*words, *option]), variables=environment)
    over_the_file = logtally(*words, *option, variables=environment | {"LOGTALLY_CONFIG": str(config)})

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == over_the_file.stderr
    assert "there is no such thing (ResourceNotFoundException)" in done.stderr


def test_a_profile_brings_its_own_credentials(cloud: Cloud, environment: dict[str, str], tmp_path: Path) -> None:
    """And wins over those of the environment, which are for somebody else."""
    file = tmp_path / "credentials"
    file.write_text(f"[prod]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n")
    variables = environment | {
        "AWS_SHARED_CREDENTIALS_FILE": str(file),
        "AWS_PROFILE": "nobody",
        "AWS_ACCESS_KEY_ID": "SOMEBODYELSE",
    }

    done = logtally("ledger", "writers", "--profile", "prod", variables=variables)

    assert (done.returncode, json.loads(done.stdout)) == (0, {"writers": []})
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--profile", "nobody", "ledger", "list"), "error: The config profile (nobody) could not be found"),
        (("dlq", "list", "--profile", "nobody"), "error: The config profile (nobody) could not be found"),
        (("--profile", "", "ledger", "list"), "error: --profile: is empty; leave it out, or name one"),
        (("api", "--endpoint-url", "x"), "error: --endpoint-url x: is no URL, such as http://127.0.0.1:4566"),
        (("backfill", "s3://b/p", "--profile", "nobody"), "error: The config profile (nobody) could not be found"),
        (("worker", "--profile", "nobody"), "error: The config profile (nobody) could not be found"),
        (
            ("--region", "a b", "ledger", "list"),
            "error: AWS settings: Provided region_name 'a b' doesn't match a supported format.",
        ),
        (("--region", "eu-west-1", "demo"), "error: --region: demo does not speak to AWS; leave it out"),
        (
            ("--endpoint-url", "x", "analyze", "--bucket", "b", "--prefix", "", "--threshold", "1"),
            "error: --endpoint-url x: is no URL, such as http://127.0.0.1:4566",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_can_not_be_meant_is_one_clear_line(
    environment: dict[str, str], words: tuple[str, ...], line: str
) -> None:
    """And ends with 2."""
    done = logtally(*words, variables=environment)

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


def test_analyze_takes_them_before_it(cloud: Cloud, wired: Wired, environment: dict[str, str]) -> None:
    """As it does after it."""
    words = ("analyze", "--bucket", wired.bucket, "--prefix", "nothing", "--threshold", "1")
    variables = environment | {"AWS_ENDPOINT_URL": NOWHERE, "AWS_ENDPOINT_URL_S3": NOWHERE}

    done = logtally("--endpoint-url", cloud.endpoint, *words, variables=variables)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"s3://{wired.bucket}/nothing" in done.stderr


def test_a_shorter_fence_is_refused_where_the_option_leads(environment: dict[str, str]) -> None:
    """It is the endpoint in use that counts, not the variable."""
    variables = environment | {"LOGTALLY_LOCAL_FENCE": '{"margin_s":1,"signature_age_s":1,"hold_s":1}'}

    done = logtally("ledger", "settle", "--endpoint-url", "https://sqs.example.com", variables=variables)

    assert (done.returncode, done.stdout) == (2, "")
    assert "LOGTALLY_LOCAL_FENCE is for the local cloud alone, and https://sqs.example.com" in done.stderr
