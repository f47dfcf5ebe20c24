"""Whether the restarts that a history tells of were due by docs/restarts.md, judged from what is told alone and without the
program's own code. Each breach is a sentence."""

import re
from datetime import datetime

TERMINAL = {"SLOT_LOST", "SLOT_MISSING", "VERSION_INCOMPATIBLE"}
TRANSIENT = {
    "SLOT_IN_USE",
    "PG_RESTART",
    "SINK_DB_LOST",
    "SINK_DB_UNREACHABLE_AT_START",
    "SINK_DEADLOCK",
    "TASK_FAILED_TRANSIENT",
}
FIRST_DELAY, LONGEST_DELAY, JITTER = 10.0, 1800.0, 0.2
HOUR = 3600.0
# What a pass has seen is told after it has begun what follows from that: so much later at most.
LATE = 0.5


def seconds(event):
    return datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()


def began(restart):
    """An action is told when it has ended."""
    return seconds(restart) - restart.get("took_ms", 0) / 1000


def is_restart(event):
    return event["kind"] == "action" and event["what"] == "restart" and event.get("who") == "daemon"


def reason(restart):
    """The attempt and the failure's code."""
    found = re.match(r"attempt (\d+): .*\((\w+)\)$", restart.get("why", ""), re.DOTALL)
    return (int(found[1]), found[2]) if found else (None, None)


def least_delay(attempt):
    """After the attempt before this one."""
    return min(FIRST_DELAY * 2 ** (attempt - 2), LONGEST_DELAY) * (1 - JITTER)


class Story:
    """A history as far as restarts of one connector hang on it."""

    def __init__(self, history, connector):
        self.connector = connector
        self.database = connector.removesuffix("-source")
        self.events = sorted(history, key=seconds)
        self.restarts = [e for e in self.events if is_restart(e) and e["subject"] == connector]

    def last(self, before, of):
        """The last event that `of` picks before that moment."""
        found = [e for e in self.events if seconds(e) <= before and of(e)]
        return found[-1] if found else None

    def shown_state(self, before):
        """What Sluice had last seen of the connector or one of its tasks."""
        seen = self.last(before, lambda e: e["kind"] in ("task", "connector") and e["subject"] == self.connector)
        return seen["after"] if seen else None

    def is_away(self, at, kind, subject):
        seen = [self.last(moment, lambda e: e["kind"] == kind and e["subject"] == subject) for moment in (at, at + LATE)]
        return all(event is not None and event["after"] == "away" for event in seen)

    def came_back(self, after, before):
        """Whether what it needs was away and came back between two restarts."""
        return any(
            after <= seconds(e) <= before + LATE
            and e["kind"] in ("login", "dependency")
            and e["subject"] in (self.database, "kafka")
            and e.get("before") == "away"
            and e["after"] == "there"
            for e in self.events
        )

    def breaches(self, budget):
        found = []
        for number, restart in enumerate(self.restarts):
            at = began(restart)
            attempt, code = reason(restart)
            told = f"{restart['at']} {self.connector} {restart.get('why', '')!r}: "
            previous = self.restarts[number - 1] if number else None
            if attempt is None:
                found.append(told + "it gives no attempt and code")
                continue
            if "failed" not in (self.shown_state(at), self.shown_state(at + LATE)):
                found.append(told + f"what Sluice had last seen of it was {self.shown_state(at)}")
            if code in TERMINAL:
                found.append(told + "no restart can help with that")
            if self.is_away(at, "dependency", "kafka"):
                found.append(told + "Kafka was away")
            if self.is_away(at, "login", self.database):
                found.append(told + "the login to its database failed")
            if attempt > 1 and previous and not self.came_back(seconds(previous), at):
                waited = at - began(previous)
                if code not in TRANSIENT:
                    found.append(told + "it needs a change, and was restarted once")
                elif waited < least_delay(attempt):
                    found.append(told + f"{waited:.1f} s after the last restart, not {least_delay(attempt):.1f} s")
            in_the_hour = [r for r in self.restarts[: number + 1] if at - began(r) < HOUR]
            if len(in_the_hour) > budget:
                found.append(told + f"the {len(in_the_hour)}th within an hour")
        return found


def breaches(history, budget=10, cluster_budget=30):
    connectors = sorted({e["subject"] for e in history if is_restart(e)})
    found = [breach for name in connectors for breach in Story(history, name).breaches(budget)]
    all_restarts = sorted(began(e) for e in history if is_restart(e))
    for number, at in enumerate(all_restarts):
        within = [t for t in all_restarts[: number + 1] if at - t < HOUR]
        if len(within) > cluster_budget:
            found.append(f"{len(within)} restarts within an hour in one cluster")
    return found
