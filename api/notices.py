"""A question → an alert about the file, if it has too many errors; and the same answer for the same request."""

from api.answers import Notified
from api.asked import Ask
from api.readers import Patience
from api.reports import Reports, ours
from core.model import NoticeKey
from core.push import Notifier


class Notices:
    """Rings for requests. Safe to use from several threads."""

    def __init__(self, *, reports: Reports, notifier: Notifier, topic_arn: str) -> None:
        self._reports = reports
        self._notifier = notifier
        self._topic_arn = topic_arn

    def notify(self, key: NoticeKey, ask: Ask, *, watch: Patience) -> Notified:
        """Answer what came of a request: of this one, or of the same within a day.

        Raises what `Reports.examine` does; KeyReused, Busy; and Transient if the alert could not be published now.
        """
        asked = ask.fingerprint
        earlier = ours(lambda: self._notifier.earlier(key, asked=asked))
        if earlier is not None:
            analyzed = self._reports.again(earlier.report)
            return Notified.after(analyzed, notified=True, message_id=earlier.message_id)
        examined = self._reports.examine(ask, watch=watch)
        if not examined.report.alert:
            return Notified.after(examined.answer, notified=False, message_id=None)
        topic_arn = examined.rule.topic_arn or self._topic_arn
        watch.check()  # whoever has left, or was told to ask again, does not want it any more
        done = ours(lambda: self._notifier.notify(key, asked=asked, report=examined.report, topic_arn=topic_arn))
        return Notified.after(examined.answer, notified=True, message_id=done.message_id)
