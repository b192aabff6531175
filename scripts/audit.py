"""Known vulnerabilities of the locked packages: runs ``pip-audit`` over each lock.

Exit code 0: none known; 1: some, listed; 2: unknown, since not every package could be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys

COMMAND = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
"""A lock is complete and hashed, so that nothing is resolved or installed."""


def report(lock: str, output: str, errors: str) -> tuple[int, list[str]]:
    """Exit code and lines for one lock, from the output of ``pip-audit``."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        last = errors.strip().splitlines()[-1:] or ["pip-audit wrote nothing"]
        return 2, [f"{lock}: NOT checked, the advisories could not be read: {last[0][:300]}"]
    faults = [
        f"{package['name']} {package['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or 'none'}"
        for package in packages
        for fault in package.get("vulns", ())
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    lines = [f"{lock}: {len(packages) - len(skipped)} packages checked, {len(faults)} known faults", *faults]
    if skipped:
        lines.append(
            f"{lock}: NOT checked, {len(skipped)} packages have no advisories here: {', '.join(skipped[:5])} …"
        )
    return 1 if faults else 2 if skipped else 0, lines


def main(locks: list[str]) -> int:
    """Return the worst exit code; a known fault outranks an unknown state."""
    codes = set()
    for lock in locks:
        done = subprocess.run([sys.executable, *COMMAND, "--timeout=15", "-r", lock], capture_output=True, text=True)
        code, lines = report(lock, done.stdout, done.stderr)
        codes.add(code)
        print("\n".join(lines))
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
