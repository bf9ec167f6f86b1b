"""The options that say which AWS a command speaks to."""

import inspect
from typing import Annotated, get_type_hints

import pytest
import typer

from cli.aws import speaks_to_aws, url, use
from core.errors import Usage

NOTHING: dict[str, None] = {"profile": None, "region": None, "endpoint_url": None}


def test_what_is_not_said_changes_nothing() -> None:
    """The environment is as it was."""
    environ = {"AWS_PROFILE": "a", "AWS_ENDPOINT_URL_S3": "http://s3"}

    use(environ, **NOTHING)

    assert environ == {"AWS_PROFILE": "a", "AWS_ENDPOINT_URL_S3": "http://s3"}


def test_a_profile_wins_over_credentials_in_the_environment() -> None:
    """As in the AWS CLI; the SDK itself would take those first."""
    environ = {"AWS_DEFAULT_PROFILE": "a", "AWS_PROFILE": "b", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "x"}

    use(environ, **{**NOTHING, "profile": "prod"})

    assert environ == {"AWS_PROFILE": "prod"}


def test_a_region_wins_over_both_variables_and_the_file() -> None:
    """A variable wins over the file."""
    environ = {"LOGTALLY_REGION": "a", "AWS_REGION": "b"}

    use(environ, **{**NOTHING, "region": "eu-west-1"})

    assert environ == {"LOGTALLY_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"}


def test_an_endpoint_wins_over_that_of_a_service() -> None:
    """Whoever names one means all services."""
    environ = {"AWS_ENDPOINT_URL_S3": "http://s3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}

    use(environ, **{**NOTHING, "endpoint_url": "http://127.0.0.1:4566"})

    assert environ == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    }


@pytest.mark.parametrize("text", ["", "localhost", "127.0.0.1:4566", "ftp://a", "http://", "http://a:b", "http://[::1"])
def test_what_is_no_url_is_refused(text: str) -> None:
    """With one that is."""
    with pytest.raises(Usage, match="is no URL, such as http"):
        url(text)


@pytest.mark.parametrize(("option", "name"), [("--profile", "profile"), ("--region", "region")])
def test_an_empty_option_is_refused(option: str, name: str) -> None:
    """It would be taken for one that is not there."""
    with pytest.raises(Usage, match=f"{option}: is empty"):
        use({}, **{**NOTHING, name: " "})


def test_a_command_keeps_its_own_parameters() -> None:
    """Typer reads them, and adds three."""

    @speaks_to_aws
    def command(name: Annotated[str, typer.Argument()], *, yes: bool = False) -> str:
        return f"{name} {yes}"

    assert [*inspect.signature(command).parameters] == ["name", "yes", "profile", "region", "endpoint_url"]
    assert get_type_hints(command)["name"] is str
    assert command("a", yes=True, **NOTHING) == "a True"
