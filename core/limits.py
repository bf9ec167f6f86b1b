"""The numbers of more than one module, and AWS's own, which name their source: each with its unit and its relations."""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
MINUTE_S: Final = 60
HOUR_S: Final = 60 * MINUTE_S
DAY_S: Final = 24 * HOUR_S

# --- Reading -------------------------------------------------------------------------------------------------------

CHUNK_B: Final = 256 * KIB  # read and decoded at a time: measured as the fastest (bench/README.md)
LINE_B_MAX: Final = 1 * MIB  # a longer line is counted as malformed, and never held
OBJECT_B_MAX: Final = 100 * GIB  # inflated; a bomb stops here
ZSTD_WINDOW_LOG_MAX: Final = 26  # 64 MiB held while inflating; only `zstd --ultra -22` and `--long` ask for more
FIELD_LENGTH_MAX: Final = 256  # characters of its name
SERVICES_MAX: Final = 100  # of one object, with a metric of their own; the rest counts under `other`
SERVICES_SEEN_MAX: Final = 10_000  # different names held while reading one object
TIME_LENGTH_MAX: Final = 64  # characters; a longer text is no time
SERVICE_LENGTH_MAX: Final = 1024  # characters; a longer name is held as its beginning and its digest
KEY_B_MAX: Final = 1024  # S3's own limit, in UTF-8
BUCKET_LENGTH_MAX: Final = 255  # of the oldest buckets; 63 of others
ETAG_LENGTH_MAX: Final = 256  # S3 makes 36 characters at most; a key of the ledger takes 1024 bytes
DEAD_BODY_LENGTH_MAX: Final = 32 * KIB  # characters of a dead message that the ledger keeps; the queue has all of it
CELLS_MAX: Final = 200_000  # minutes x services of one object
START_B_MAX: Final = 64 * KIB  # of a first line, by which a file is told from others under the same key
FILES_MAX: Final = 8  # of one key that are told apart, when it is rotated
MANIFEST_B_MAX: Final = 64 * MIB  # of an inventory: it names its files, each of which lists up to millions of objects
READ_ATTEMPTS: Final = 5  # of one object's body: a broken one is resumed with Range
assert CHUNK_B <= LINE_B_MAX <= OBJECT_B_MAX
assert SERVICES_MAX <= SERVICES_SEEN_MAX <= CELLS_MAX

# --- CloudWatch (PutMetricData, GetMetricStatistics in its API reference) -------------------------------------------

REQUEST_DATA_MAX: Final = 1000  # data in one PutMetricData
REQUEST_B_MAX: Final = 900 * KIB  # of its 1 MB, before compression
DIMENSION_LENGTH_MAX: Final = 1024
STATISTICS_POINTS_MAX: Final = 1440  # in one answer of GetMetricStatistics
MINUTES_KEPT_S: Final = 15 * DAY_S  # after that CloudWatch shows five minutes at a time
# A datum outside [-14 d, +2 h] fails its whole request; the margins are for the time between planning and sending.
WINDOW_BACK_S: Final = 14 * DAY_S - 2 * HOUR_S
WINDOW_AHEAD_S: Final = 2 * HOUR_S - 15 * MINUTE_S
PROBE_AGE_S_MAX: Final = 2 * HOUR_S  # an older probe would take hours to become readable

# --- The fence (AWS refuses a signature that is too old; see docs/exactly-once.md) ---------------------------------

SIGNATURE_AGE_S_MAX: Final = 15 * MINUTE_S  # 5 for most services, 15 for some: the larger one bounds both
FENCE_MARGIN_S: Final = 1 * MINUTE_S  # how long after `sent_at` a request may still be signed
HOLD_S: Final = 15 * MINUTE_S  # after the fence, before absence is looked for
IDLE_CONNECTION_S_MAX: Final = 20  # an older one may be closed under our feet, and leave a push in doubt

# --- DynamoDB (quotas of items and of TransactWriteItems) -----------------------------------------------------------

TRANSACTION_ITEMS_MAX: Final = 100
MEMBER_ITEMS: Final = 2  # of it: the object, and the head of its key
TRANSACTION_B_MAX: Final = 3_500_000  # of its 4 MB
ITEM_B_MAX: Final = 390 * KIB  # of its 400
CELLS_INLINE_B_MAX: Final = 4 * KIB  # compressed; more go into items of their own
BATCH_GET_MAX: Final = 100
RETENTION_DAYS: Final = 400
RETENTION_DAYS_MIN: Final = 15  # younger cells could still be sent again
DAY_SHARDS: Final = 8  # of the index `recent`: one partition takes 1000 writes a second
assert RETENTION_DAYS_MIN * DAY_S > WINDOW_BACK_S
assert CELLS_INLINE_B_MAX * TRANSACTION_ITEMS_MAX < TRANSACTION_B_MAX < 4_000_000

# --- Slots -----------------------------------------------------------------------------------------------------------

SLOTS_MAX: Final = 64
SLOTS_IN_DOUBT_MAX: Final = 4  # per worker; beyond that it stops receiving
SLOT_UNUSED_S: Final = 10 * MINUTE_S  # a slot nobody used for so long may be taken
SETTLE_AFTER_S: Final = 1 * MINUTE_S  # a push outstanding for so long is somebody's to settle

# --- Notices: alerts that somebody asks for --------------------------------------------------------------------------

NOTICE_S: Final = 1 * DAY_S  # for so long a key names the same request
NOTICE_BUSY_S: Final = 30  # the deadline of a request: whoever is at it longer is dead
NOTICE_KEY_LENGTH_MAX: Final = 255  # characters; a key of the ledger takes 2048 bytes
NOTICE_WAITS_S_MAX: Final = 5  # until one of its process is done
# Each takes a slot until it is settled. A topic that is not there must not leave the workers without.
NOTICES_OUTSTANDING_MAX: Final = SLOTS_MAX // 4
# Whoever settles a notice reads what it sends, until CloudWatch takes that no more.
NOTICE_KEPT_S: Final = RETENTION_DAYS_MIN * DAY_S
assert NOTICE_KEPT_S > NOTICE_S > NOTICE_BUSY_S
assert NOTICE_KEPT_S > WINDOW_BACK_S

# --- SQS -------------------------------------------------------------------------------------------------------------

BATCH_MAX: Final = 10  # messages in one call
RECEIVE_WAIT_S: Final = 20
RECEIVE_READ_TIMEOUT_S: Final = 25
QUEUE_KEEPS_S_MAX: Final = 14 * DAY_S  # the longest retention of a queue
VISIBILITY_S_MAX: Final = 12 * HOUR_S  # from the receive
HEARTBEAT_S: Final = 5  # between two looks at what must stay hidden for longer
VISIBILITY_S_MIN: Final = 15  # three heartbeats: one may fail before others see the message
BACKOFF_S_BASE: Final = 5
BACKOFF_S_MAX: Final = 15 * MINUTE_S
REASON_LENGTH_MAX: Final = 256  # characters of a dead letter's reason; SQS counts attributes into the message's 1 MiB
DEAD_HIDDEN_S: Final = 5 * MINUTE_S  # how long dead letters stay hidden if whoever looks at them is killed
DEAD_WAIT_S: Final = 2  # any long poll asks all of SQS's servers
# A long poll that we hang up on has already hidden its messages from everybody.
assert RECEIVE_READ_TIMEOUT_S > RECEIVE_WAIT_S > DEAD_WAIT_S
assert VISIBILITY_S_MIN >= 3 * HEARTBEAT_S

# --- A worker's health ------------------------------------------------------------------------------------------------

# A loop that has neither turned nor called AWS for so long hangs: no call takes that long (core/aws/clients.py).
SILENCE_S_MAX: Final = 5 * MINUTE_S

# --- SNS -------------------------------------------------------------------------------------------------------------

SUBJECT_LENGTH_MAX: Final = 100  # characters
MESSAGE_B_MAX: Final = 256 * KIB
