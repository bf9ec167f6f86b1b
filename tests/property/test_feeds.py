"""Whatever a bucket holds, whatever fails, wherever a backfill is stopped: nothing is fed twice, nothing passed by."""

import threading
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from cli.backfill.feed import Fed, Feed
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.errors import Transient
from core.model import ObjectRef
from tests.listings import Shelf, keys, listed

COUNT_MAX = 1_500  # a few chunks, also where little is wanted


class _Bucket(Struct, frozen=True, kw_only=True):
    """What there is, and what is known of it."""

    wanted: dict[str, bool]  # by key, in order
    known: frozenset[str]

    def objects(self) -> list[str]:
        """Answer the keys of all, as a listing names them."""
        return [_name(key, is_wanted=is_wanted) for key, is_wanted in self.wanted.items()]

    def to_do(self) -> list[str]:
        """Answer what has to be dealt with."""
        wanted = [_name(key, is_wanted=True) for key, is_wanted in self.wanted.items() if is_wanted]
        return [name for name in wanted if name not in self.known]


def _name(key: str, *, is_wanted: bool) -> str:
    return f"{key}.{'log' if is_wanted else 'txt'}"


def _bucket(random: Random, *, count: int, wanted: float, known: float) -> _Bucket:
    is_wanted = {key: random.random() < wanted for key in keys(count)}
    names = (_name(key, is_wanted=True) for key in is_wanted)
    return _Bucket(wanted=is_wanted, known=frozenset(name for name in names if random.random() < known))


def _feed(bucket: _Bucket, random: Random, *, after: str | None, done: frozenset[str] = frozenset()) -> Feed:
    """Feed a bucket by a listing that breaks, and a ledger that does not always answer."""
    names = bucket.objects()
    breaks = random.sample(names, k=min(len(names), random.randrange(4)))
    source = Shelf([listed(name) for name in names], breaks_before=breaks)
    silent = {name for name in names if random.random() < 0.01}

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        if refs[0].key in silent:
            silent.remove(refs[0].key)
            raise Transient("no answer")
        return {ref for ref in refs if ref.key in bucket.known or ref.key in done}

    return Feed(
        source,
        after=after,
        wanted=Wanted(match="*.log"),
        known=known,
        limit=None,
        sums=Adding(),
        wait=lambda _failures, _why: True,
        stop=threading.Event(),
    )


def _work(feed: Feed, random: Random, *, stops_after: int, in_hand_max: int, done_at_the_end: float) -> set[str]:
    """Do what comes, in any order, until so many have come. Answers what is done."""
    done: set[str] = set()
    in_hand: list[Fed] = []
    coming = zip(range(stops_after), feed, strict=False)
    for _, fed in coming:
        in_hand.append(fed)
        while len(in_hand) > random.randrange(in_hand_max):
            done.add(_do(feed, in_hand.pop(random.randrange(len(in_hand)))))
    random.shuffle(in_hand)
    done.update(_do(feed, fed) for fed in in_hand if random.random() < done_at_the_end)
    return done


def _do(feed: Feed, fed: Fed) -> str:
    feed.done(fed)
    return fed.listed.ref.key


shares = st.sampled_from([0.0, 0.02, 0.5, 0.98, 1.0])


@given(
    random=st.randoms(use_true_random=False),
    count=st.integers(0, COUNT_MAX),
    wanted=shares,
    known=shares,
    stops_after=st.integers(0, COUNT_MAX),
    in_hand_max=st.sampled_from([1, 2, 30, 300]),
    done_at_the_end=shares,
)
@settings(max_examples=150)
def test_a_pass_that_was_stopped_goes_on_where_it_was(
    *,
    random: Random,
    count: int,
    wanted: float,
    known: float,
    stops_after: int,
    in_hand_max: int,
    done_at_the_end: float,
) -> None:
    """Everything up to its place is done; the next one is fed the rest, each once, in order."""
    chance = Random(random.randrange(2**32))
    bucket = _bucket(chance, count=count, wanted=wanted, known=known)
    first = _feed(bucket, chance, after=None)

    done = _work(first, chance, stops_after=stops_after, in_hand_max=in_hand_max, done_at_the_end=done_at_the_end)
    place = first.place
    second = _feed(bucket, chance, after=place, done=frozenset(done))
    fed = [one.listed.ref.key for one in second]

    left = [name for name in bucket.to_do() if name not in done]
    assert [name for name in left if place is not None and name <= place] == []
    assert fed == left
    assert not first.is_done or not left


@given(random=st.randoms(use_true_random=False), count=st.integers(1, COUNT_MAX), wanted=shares, known=shares)
@settings(max_examples=50)
def test_when_all_is_done_the_place_is_the_end(*, random: Random, count: int, wanted: float, known: float) -> None:
    """In whatever order it was done, and whatever failed meanwhile."""
    chance = Random(random.randrange(2**32))
    bucket = _bucket(chance, count=count, wanted=wanted, known=known)
    feed = _feed(bucket, chance, after=None)

    fed = list(feed)
    chance.shuffle(fed)
    done = {_do(feed, one) for one in fed}

    assert done == set(bucket.to_do())
    assert (feed.is_done, feed.place) == (True, bucket.objects()[-1])
