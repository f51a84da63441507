"""/livez, /readyz and /healthz, check by check: all is well until a check is made to fail."""

from __future__ import annotations

from tests.apiserver import discovery

WITHHELD = "reason withheld"


class Probes:
    """The checks, and which of them fail."""

    def __init__(self) -> None:
        self._failing: set[str] = set()

    def fail(self, check: str) -> None:
        """Let a check fail from now on, wherever it is part of."""
        self._failing.add(check)

    def heal(self) -> None:
        """All is well again."""
        self._failing.clear()

    def answer(self, path: str, *, verbose: bool) -> tuple[int, str]:
        """The status and the text, which names every check where one fails or all are asked for."""
        told = discovery.health(path, verbose=True).splitlines()
        failing = [f"[+]{check} ok" for check in self._failing if f"[+]{check} ok" in told]
        if not failing:
            return 200, discovery.health(path, verbose=verbose)
        lines = [f"[-]{line[3:-3]} failed: {WITHHELD}" if line in failing else line for line in told]
        return 500, "\n".join([*lines[:-1], f"{path[1:]} check failed", ""])
