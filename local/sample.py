"""Something to look at in a fresh local cloud: the demo's logs, and what goes wrong with logs."""

import gzip
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from local.cloud import Cloud
from local.logs import LogFile, hours_of_logs, log_file
from local.wiring import Wired

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "shop/"
HOURS: Final = 8
NOW_MINUTES: Final = 50  # how far back the newest file goes
DAYS_OLD: Final = 30
TRUNCATED: Final = "broken/truncated.jsonl.gz"


def fill(cloud: Cloud, wired: Wired) -> list[LogFile]:
    """Upload some hours of logs, up to now, and answer them: a worker counts them, and some of them ring.

    One of a month ago is outside CloudWatch's window, and a truncated one fails, and becomes a dead letter.
    """
    now = datetime.fromtimestamp(cloud.clock(), UTC)
    random = Random(now.toordinal())  # noqa: S311 - logs, not secrets
    start = (now - timedelta(minutes=NOW_MINUTES)).replace(second=0, microsecond=0)
    files = [
        *hours_of_logs(random, prefix=PREFIX, now=now, hours=HOURS),
        log_file(random, prefix="late/", start=start, minutes=NOW_MINUTES, errors=25, lines=60),
        log_file(random, prefix="old/", start=start - timedelta(days=DAYS_OLD), minutes=30, errors=14, lines=40),
    ]
    whole = gzip.compress(files[0].body, mtime=0)
    truncated = LogFile(key=TRUNCATED, body=whole[: len(whole) // 2], errors=0)
    s3: S3Client = cloud.session().client("s3", endpoint_url=cloud.endpoint)
    for file in [*files, truncated]:
        s3.put_object(Bucket=wired.bucket, Key=file.key, Body=file.body)
    return [*files, truncated]
