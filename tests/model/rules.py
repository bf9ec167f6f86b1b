"""The rules of the protocol, each as it is in the code, and what can be put in its place to see what it is for."""

from dataclasses import dataclass
from typing import Literal

from tests.model.states import Call


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One field for each rule; the default is what the code does."""

    # --- core/aws/metrics.py, core/push/settle.py: the fence and the marks
    fence: bool = True  # AWS refuses old signatures, and nothing is signed late
    probe_after_fence: bool = True  # False: a probe is sent at any time, and the fence is asked for after it
    probe: Literal["its number", "all alike", "none"] = "its number"
    one_reading: bool = True  # mark and probe are looked for in one answer
    sdk_retries: bool = False  # a PutMetricData without an answer is sent again

    # --- core/push/carry.py: an outstanding push
    keeps_number: Call = ""  # a move that leaves the slot its number
    halves_in_ledger: bool = True  # False: the halves of a refused request are known to who sent it only
    over_without_requests: bool = True  # False: a push with no request left is renewed and sent
    commit_needs_alert: bool = True
    settlers_ring: bool = True  # False: only who intended a push publishes its alert

    # --- core/push/pusher.py: the worker's side
    intend_needs_over: bool = True  # the push before must be over, since Intend commits it
    delete_needs_ledger: bool = True  # False: a message is deleted when its objects are read
    unknown_is_done: bool = False  # True: after an Intend that nobody can say anything about, messages are deleted
    limit_stops: Literal["receiving", "receiving and settling"] = "receiving"  # with too many pushes in doubt

    # --- core/push/notify.py: an alert that somebody asks for
    answers_wait_for_alert: bool = True  # False: a request is answered when the ledger has its notice
    repeats_publish: bool = True  # False: whoever finds the notice in the ledger takes it for published

    # --- core/aws/ledger.py: its conditional writes
    slot_condition: bool = True  # a slot is written only as it was read
    outstanding_condition: bool = True  # and all but Intend only while a push is outstanding there
    mine_if: Literal["nonce of the write", "nonce of the worker", "number fits", "never"] = "nonce of the write"
    commit_sets_nonce: bool = True
    members_replace: Literal["ends", "nothing", "everything"] = "ends"
    empties_replace: Literal["ends", "everything"] = "ends"
    ends_replace: Literal["nothing", "everything"] = "nothing"
    cell_items: Literal["nonce, before Intend", "nonce, after Intend", "object, before Intend"] = "nonce, before Intend"

    # --- worker: what is read
    ends_are_known: bool = False  # True: an end saves the GET
    ends_are_reread: bool = True  # False: an end found before answers a message that was received later
