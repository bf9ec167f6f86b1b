"""CloudWatch's alarms."""

from typing import Any, Final

from moto.cloudwatch.responses import CloudWatchResponse

from tests.infra.gaps.patch import lacking


def composite() -> None:
    """AWS makes alarms of other alarms; moto knows them, but not the call that makes one."""
    lacking(CloudWatchResponse, "put_composite_alarm", _put)


def _put(response: Any) -> Any:
    return response.put_metric_alarm()


GAPS: Final = (composite,)
