"""Which AWS a command speaks to: the options of the AWS CLI, before a command or after it."""

import inspect
import os
from collections.abc import Callable, Mapping, MutableMapping
from functools import wraps
from typing import Annotated, Any, Final, ParamSpec, TypeVar
from urllib.parse import urlsplit

import typer

from core.errors import Usage

P = ParamSpec("P")
T = TypeVar("T")

Profile = Annotated[
    str | None, typer.Option(help="The AWS profile; it wins over AWS_PROFILE and over credentials in the environment.")
]
Region = Annotated[str | None, typer.Option(help="The AWS region; it wins over LOGTALLY_REGION and AWS_REGION.")]
EndpointUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="Where AWS is, if not at AWS; it wins over AWS_ENDPOINT_URL.")
]

OPTIONS: Final[Mapping[str, Any]] = {"profile": Profile, "region": Region, "endpoint_url": EndpointUrl}
# A profile that somebody names wins over what the environment says of credentials, as in the AWS CLI. The first of
# these botocore would take for the profile itself.
OVER_PROFILE: Final = (
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
OF_ONE_SERVICE: Final = "AWS_ENDPOINT_URL_"  # begins the variables that name the endpoint of one service

_given: dict[str, str] = {}  # what was said on the command line of this process: who shows where a value is from asks


def speaks_to_aws(command: Callable[P, T]) -> Callable[..., T]:
    """Give a command, or a group of commands, the options of `OPTIONS`, and let them hold for this process."""
    signature = inspect.signature(command)

    @wraps(command)
    def with_options(*args: Any, **kwargs: Any) -> T:
        said = {name: kwargs.pop(name) for name in OPTIONS}
        use(os.environ, **said)
        _given.update({name: value for name, value in said.items() if value is not None})
        return command(*args, **kwargs)

    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in OPTIONS.items()
    ]
    # Typer reads a command's parameters here.
    with_options.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *added])  # type: ignore[attr-defined]  # a function takes any attribute
    with_options.__annotations__ = {**command.__annotations__, **OPTIONS}
    return with_options


def given() -> Mapping[str, str]:
    """Answer the options that the command line has, by parameter."""
    return _given


def use(
    environ: MutableMapping[str, str], *, profile: str | None, region: str | None, endpoint_url: str | None
) -> None:
    """Let the options win over all that `environ` says. Raises Usage if one of them can't be meant."""
    if profile is not None:
        environ["AWS_PROFILE"] = _said("--profile", profile)
        for name in OVER_PROFILE:
            environ.pop(name, None)
    if region is not None:
        # The variable of ours wins over the file of settings, that of AWS is for who reads no settings.
        environ["LOGTALLY_REGION"] = environ["AWS_REGION"] = _said("--region", region)
    if endpoint_url is not None:
        environ["AWS_ENDPOINT_URL"] = _said("--endpoint-url", url(endpoint_url))
        environ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "false"
        for name in [name for name in environ if name.startswith(OF_ONE_SERVICE)]:
            del environ[name]


def url(text: str) -> str:
    """Answer an endpoint. Raises Usage if it is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises if it is no number
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Usage(f"--endpoint-url {text}: is no URL, such as http://127.0.0.1:4566")
    return text


def _said(option: str, value: str) -> str:
    if not value.strip():
        raise Usage(f"{option}: is empty; leave it out, or name one")
    return value
