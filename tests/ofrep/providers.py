#!/usr/bin/env python3
"""The official Python provider against our server.

    python providers.py URL FLAG N_KEYS

Prints what it found as JSON; which key is on which side is held against the Node provider's by the
caller.
"""

from __future__ import annotations

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext


def shown(details) -> dict:
    return {
        "value": details.value,
        "variant": details.variant,
        "reason": str(getattr(details.reason, "value", details.reason)),
        "error_code": str(details.error_code.value) if details.error_code else None,
    }


def main() -> int:
    url, flag, n_keys = sys.argv[1], sys.argv[2], int(sys.argv[3])
    api.set_provider(OFREPProvider(url))
    client = api.get_client()
    counts: dict[str, int] = {}
    reasons: set[str] = set()
    for i in range(n_keys):
        found = client.get_string_details(flag, "code-default", EvaluationContext(f"user-{i}"))
        assert found.error_code is None, f"user-{i}: {found.error_code} {found.error_message}"
        counts[found.variant] = counts.get(found.variant, 0) + 1
        reasons.add(shown(found)["reason"])
    nobody = client.get_string_details(flag, "code-default", EvaluationContext())
    missing = client.get_string_details("route.nothing", "code-default", EvaluationContext("u"))
    wrong = client.get_integer_details(flag, 7, EvaluationContext("u"))
    print(
        json.dumps(
            {
                "counts": counts,
                "reasons": sorted(reasons),
                "nobody": shown(nobody),
                "missing": shown(missing),
                "wrong_type": shown(wrong),
                "metadata": dict(nobody.flag_metadata),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
