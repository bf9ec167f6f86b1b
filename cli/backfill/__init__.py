"""`logtally backfill`: count what is in a bucket already, beside the worker and by the same ledger.

command    words in, words out
opened     the settings → what a backfill asks of AWS
sources    where the objects come from: a listing, or an inventory
wanted     which of them are wanted, and what counting them is to lead to
feed       the wanted ones that the ledger does not know, in order, and how far all before is done
patience   waiting for AWS to be better
keeper     keeping that place
count      reading and pushing them here
announce   handing them to the workers
estimate   what it would come to
sums       what has been done so far
one_pass   all of this, put together
progress   how it is told while it goes on
every      what is done now and then meanwhile
"""
