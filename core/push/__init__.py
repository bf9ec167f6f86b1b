"""The exactly-once protocol: what is intended in the ledger takes effect in CloudWatch once.

    gather    reports on their way from many readers into one push
    turn      one push after the other, of what was gathered
    plan      what goes into one push, and in which requests
    slots     which slot a worker takes
    pusher    the worker's side: intend, finish, and the commit that the next Intend carries
    carry     an outstanding push carried through: alerts, requests, renewals, halves, commit
    settle    what somebody left: find out, and finish it
    notify    an alert that somebody asks for, as a push of its own

The argument is in docs/exactly-once.md.
"""

from core.push.carry import Carrier
from core.push.gather import Found, Gather
from core.push.notify import Notified, Notifier
from core.push.pusher import Pusher
from core.push.settle import Settler
from core.push.turn import PushTurn, again_s

__all__ = [
    "Carrier",
    "Found",
    "Gather",
    "Notified",
    "Notifier",
    "PushTurn",
    "Pusher",
    "Settler",
    "again_s",
]
