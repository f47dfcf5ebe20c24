"""The judge of restarts finds each kind of restart that was not due, and none in a history as it should be."""

import unittest
from datetime import datetime, timedelta, timezone

import restart_policy

BEGIN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def at(seconds):
    return (BEGIN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def task(seconds, after):
    return {"at": at(seconds), "kind": "task", "subject": "shop-warehouse", "what": "0", "after": after}


def restart(seconds, attempt, code="SINK_DB_LOST"):
    why = f"attempt {attempt}: it failed ({code})"
    return {"at": at(seconds), "kind": "action", "subject": "shop-warehouse", "what": "restart", "why": why, "who": "daemon"}


def login(seconds, before, after):
    return {"at": at(seconds), "kind": "login", "subject": "shop-warehouse", "before": before, "after": after}


class Restarts(unittest.TestCase):
    def breaches(self, *history, **limits):
        return restart_policy.breaches(list(history), **limits)

    def test_at_once_then_after_its_delay(self):
        self.assertEqual(self.breaches(task(0, "failed"), restart(1, 1), task(2, "running"), task(3, "failed"), restart(11, 2)), [])

    def test_again_at_once_when_the_database_was_away_and_is_back(self):
        back = [login(3, "there", "away"), login(5, "away", "there")]
        self.assertEqual(self.breaches(task(0, "failed"), restart(1, 1), task(2, "failed"), *back, restart(5, 2)), [])

    def test_what_one_pass_saw_and_did_is_told_in_any_order(self):
        away, back = login(1, "there", "away"), login(5.04, "away", "there")
        self.assertEqual(self.breaches(task(0, "failed"), away, restart(5, 1), back), [])
        self.assertEqual(self.breaches(restart(5, 1), task(5.04, "failed")), [])

    def test_what_was_not_due_is_found(self):
        failed = task(0, "failed")
        for what, history in {
            "of what ran": [task(0, "running"), restart(1, 1)],
            "of what was never seen": [restart(1, 1)],
            "too soon": [failed, restart(1, 1), task(2, "running"), task(3, "failed"), restart(6, 2)],
            "terminal": [failed, restart(1, 1, "SLOT_LOST")],
            "a second time though it needs a change": [failed, restart(1, 1, "AUTH"), restart(30, 2, "AUTH")],
            "while the login fails": [failed, login(0.5, "there", "away"), restart(1, 1)],
            "while Kafka is away": [
                failed,
                {"at": at(0.5), "kind": "dependency", "subject": "kafka", "what": "kafka", "after": "away"},
                restart(1, 1),
            ],
            "without a reason": [failed, restart(1, 1) | {"why": ""}],
        }.items():
            with self.subTest(what):
                self.assertEqual(len(self.breaches(*history)), 1)

    def test_budgets(self):
        restarts = [restart(2000 * n, 1) for n in range(3)]
        self.assertEqual(self.breaches(task(0, "failed"), *restarts, budget=2), [])
        self.assertEqual(len(self.breaches(task(0, "failed"), *restarts, budget=1)), 2)
        self.assertEqual(len(self.breaches(task(0, "failed"), *restarts, cluster_budget=1)), 2)


if __name__ == "__main__":
    unittest.main()
