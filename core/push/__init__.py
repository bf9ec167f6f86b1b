"""The exactly-once protocol: what is intended in the ledger takes effect in CloudWatch once.

    plan      what goes into one push, and in which requests
    slots     which slot a worker takes
    pusher    the worker's side: intend, finish, and the commit that the next Intend carries
    carry     an outstanding push carried through: alerts, requests, renewals, halves, commit
    settle    what somebody left: find out, and finish it
    notify    an alert that somebody asks for, as a push of its own

The argument is in docs/exactly-once.md.
"""

from core.push.carry import Carrier
from core.push.notify import Notified, Notifier
from core.push.plan import fits
from core.push.pusher import Pusher
from core.push.settle import Settler

__all__ = ["Carrier", "Notified", "Notifier", "Pusher", "Settler", "fits"]
