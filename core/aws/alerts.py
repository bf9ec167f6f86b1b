"""SNS: alerts published at least once, always with the same deduplication id."""

from typing import TYPE_CHECKING, Final

from core.alerts import SUBJECT, attributes, text
from core.aws.errors import FAILED, ForeignAnswerError, translate
from core.facts import Subscribers
from core.model import Alert

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishInputTypeDef

FIFO: Final = ".fifo"
GROUP_ID: Final = "logtally"  # alerts have no order among each other; one group is enough for their rate


class Alerts:
    """The topics. Safe to use from several threads."""

    def __init__(self, client: "SNSClient") -> None:
        self._sns = client

    def check(self, topic_arn: str) -> None:
        """Ask whether there is such a topic.

        Raises NotFound, Permanent if it is in another region, Denied or Transient.
        """
        self.subscribers(topic_arn)

    def subscribers(self, topic_arn: str) -> Subscribers:
        """Answer how many hear of an alert. Raises what `check` does."""
        try:
            told = self._sns.get_topic_attributes(TopicArn=topic_arn)["Attributes"]
        except FAILED as exc:
            raise translate(exc, what=_name(topic_arn)) from exc
        return Subscribers(
            confirmed=int(told.get("SubscriptionsConfirmed", 0)), pending=int(told.get("SubscriptionsPending", 0))
        )

    def publish(self, alert: Alert) -> str:
        """Publish, and answer SNS's message id. May be repeated: a FIFO topic drops the repeat, a subscriber can.

        Raises NotFound if there is no such topic, Denied, Throttled or Transient.
        """
        request: PublishInputTypeDef = {
            "TopicArn": alert.topic_arn,
            "Subject": SUBJECT,
            "Message": text(alert),
            "MessageAttributes": {
                name: {"DataType": kind, "StringValue": value} for name, (kind, value) in attributes(alert).items()
            },
        }
        if alert.topic_arn.endswith(FIFO):
            request["MessageDeduplicationId"] = alert.deduplication_id
            request["MessageGroupId"] = GROUP_ID
        what = _name(alert.topic_arn)
        try:
            return self._sns.publish(**request)["MessageId"]
        except FAILED as exc:
            raise translate(exc, what=what) from exc
        except KeyError as exc:
            # botocore looks for SNS's result in any XML, also in a proxy's page.
            raise translate(ForeignAnswerError(), what=what) from exc


def _name(topic_arn: str) -> str:
    return f"topic {topic_arn.rpartition(':')[2]}"
