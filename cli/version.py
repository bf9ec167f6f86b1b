"""`logtally version`: what runs here, for a report of a fault."""

import platform
from importlib.metadata import version as installed

import typer

from cli import answers
from cli.options import AsJson

OF_OTHERS = ("boto3", "botocore")  # what speaks to AWS


def version(*, as_json: AsJson = False) -> None:
    """Show the version of logtally, of Python, and of what speaks to AWS.

    logtally version --json
    """
    of_others = {name: installed(name) for name in OF_OTHERS}
    document = {"logtally": installed("logtally"), "python": platform.python_version(), **of_others}
    if not answers.told(document, as_json=as_json):
        for name, number in document.items():
            typer.echo(f"{name} {number}")
