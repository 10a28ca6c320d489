#!/usr/bin/env python3
"""The official Python provider against our server.

    python providers.py URL FLAG N_KEYS

Prints one line of JSON with what it found (`compare.py` holds it against what Node's provider and
flagd found), then asks for a key that has the candidate until that key has the champion again, and
prints `{"back_at": seconds}` (of the wall clock).
"""

from __future__ import annotations

import json
import sys
import time

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

WATCH_SECONDS_MAX = 60


def shown(details) -> dict:
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": str(getattr(details.reason, "value", details.reason)),
        "errorCode": str(details.error_code.value) if details.error_code else None,
    }


def main() -> int:
    url, flag, n_keys = sys.argv[1], sys.argv[2], int(sys.argv[3])
    api.set_provider(OFREPProvider(url))
    client = api.get_client()

    def ask(key: object = None):
        return client.get_string_details(flag, "code-default", EvaluationContext(key))

    counts: dict[str, int] = {}
    reasons: set[str] = set()
    with_candidate = ""
    for i in range(n_keys):
        found = ask(f"user-{i}")
        assert found.error_code is None, f"user-{i}: {found.error_code} {found.error_message}"
        counts[found.variant] = counts.get(found.variant, 0) + 1
        reasons.add(shown(found)["reason"])
        if found.variant == "challenger":
            with_candidate = f"user-{i}"
    nobody = ask()
    missing = client.get_string_details("route.nothing", "code-default", EvaluationContext("u"))
    wrong = client.get_integer_details(flag, 7, EvaluationContext("u"))
    malformed = ask(7)
    found = {
        "counts": counts,
        "reasons": sorted(reasons),
        "nobody": shown(nobody),
        "missing": shown(missing),
        "wrong_type": shown(wrong),
        "malformed": shown(malformed),
        "metadata": dict(nobody.flag_metadata),
    }
    print(json.dumps(found), flush=True)

    deadline = time.monotonic() + WATCH_SECONDS_MAX
    while ask(with_candidate).variant != "champion":
        assert time.monotonic() < deadline, f"{with_candidate} has the candidate for a minute"
        time.sleep(0.01)
    print(json.dumps({"back_at": time.time()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
