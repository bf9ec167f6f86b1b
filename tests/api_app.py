"""The app as its entry point makes it, over the local cloud."""

from typing import Any

import boto3
from fastapi import FastAPI
from msgspec.structs import replace

from api.entrance import entrance
from api.parts import assemble
from core.aws.clients import clients_of
from core.opening import real_surroundings
from core.settings import Settings
from core.writers import Fence
from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired


def api_app(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired, **settings: Any) -> FastAPI:
    """Answer the app with `settings` besides those that name what is wired."""
    names = wired.environment()
    named: dict[str, Any] = {name.removeprefix("LOGTALLY_").lower(): value for name, value in names.items()}
    chosen = Settings(**named | settings)
    return assemble(
        chosen,
        clients_of(aws, endpoint_url=cloud.endpoint),
        let_in=entrance(chosen),
        surroundings=replace(real_surroundings(), clock=clock),
        fence=Fence(),
    )
