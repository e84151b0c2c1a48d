"""Metrics of the server itself, in the text form that Prometheus scrapes."""

import threading
from collections import Counter

__all__ = ["Metrics"]

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counts of requests, of how long they took, and of what was taken in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._within: Counter[tuple[str, float]] = Counter()
        self._took_s: Counter[str] = Counter()
        self._taken = Counter[str]()
        self.under_way = 0

    def answered(self, method: str, kind: str, status: int, took_s: float) -> None:
        """A request was answered; `kind` is ``page``, ``api``, ``static`` or ``other``."""
        with self._lock:
            self._requests[(method, kind, status)] += 1
            self._took_s[kind] += took_s  # type: ignore[assignment]
            for bound in _BOUNDS_S:
                if took_s <= bound:
                    self._within[(kind, bound)] += 1

    def ingested(self, appended: int, skipped: int) -> None:
        """Entries were taken in."""
        with self._lock:
            self._taken["appended"] += appended
            self._taken["skipped"] += skipped

    def text(self, entries: int | None) -> str:
        """Everything, as text; `entries` is how many the ledger holds, None: nothing is told of what it holds."""
        with self._lock:
            held = [] if entries is None else self._held(entries)
            lines = [
                *_head("treadlight_requests_total", "counter", "Requests answered."),
                *(
                    f'treadlight_requests_total{{method="{m}",kind="{k}",status="{s}"}} {n}'
                    for (m, k, s), n in sorted(self._requests.items())
                ),
                *_head("treadlight_request_seconds", "histogram", "How long answers took."),
                *(line for kind in sorted(self._took_s) for line in self._histogram(kind)),
                *_head("treadlight_requests_under_way", "gauge", "Requests being answered."),
                f"treadlight_requests_under_way {self.under_way}",
                *held,
            ]
        return "\n".join(lines) + "\n"

    def _held(self, entries: int) -> list[str]:
        return [
            *_head("treadlight_ingested_total", "counter", "Entries taken in, new or known already."),
            *(f'treadlight_ingested_total{{result="{r}"}} {self._taken[r]}' for r in ("appended", "skipped")),
            *_head("treadlight_ledger_entries", "gauge", "Entries of the ledger."),
            f"treadlight_ledger_entries {entries}",
        ]

    def _histogram(self, kind: str) -> list[str]:
        count = sum(n for (_, k, _), n in self._requests.items() if k == kind)
        name = "treadlight_request_seconds"
        found = [f'{name}_bucket{{kind="{kind}",le="{b:g}"}} {self._within[(kind, b)]}' for b in _BOUNDS_S]
        found.append(f'{name}_bucket{{kind="{kind}",le="+Inf"}} {count}')
        return [*found, f'{name}_sum{{kind="{kind}"}} {self._took_s[kind]}', f'{name}_count{{kind="{kind}"}} {count}']


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
