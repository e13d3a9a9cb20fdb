"""Reports of models in the shadow add up in Redis."""

from __future__ import annotations

from redis import Redis

from shared.store.shadows import MOST_DISAGREEMENTS, Disagreement, Shadows, ShadowSums


def test_sums_of_several_detectors_add_up(redis_client: Redis) -> None:
    shadows = Shadows(redis_client)
    assert shadows.reports() == []
    found = Disagreement("shop", "w1", is_new=True, active=0.2, shadow=0.9)
    shadows.add("1" * 12, ShadowSums(windows=3, new_flags=1, x=0.25, active_ms=1.5), [found], 1_000)
    shadows.add("2" * 12, ShadowSums(failures=1), [], 2_000)
    shadows.add("1" * 12, ShadowSums(windows=4, lost_flags=2, x=0.5), [], 3_000)
    newest, other = shadows.reports()
    assert (newest.version, newest.last_ms) == ("1" * 12, 3_000)
    assert newest.sums == ShadowSums(windows=7, new_flags=1, lost_flags=2, x=0.75, active_ms=1.5)
    assert newest.disagreements == (found,)
    assert other.sums.failures == 1


def test_what_is_kept_is_bounded(redis_client: Redis) -> None:
    shadows = Shadows(redis_client)
    many = [Disagreement("shop", f"w{n}", is_new=True, active=0.0, shadow=1.0) for n in range(60)]
    for n in range(30):
        shadows.add(f"{n:012d}", ShadowSums(windows=1), [], n)
    for _ in range(3):
        shadows.add("f" * 12, ShadowSums(windows=1), many, 99)
    reports = shadows.reports()
    assert len(reports) == 20
    assert len(reports[0].disagreements) == MOST_DISAGREEMENTS
    assert all(redis_client.ttl(key) > 0 for key in redis_client.keys("ll:shadow*") if key.endswith(b"f"))  # type: ignore[union-attr]
