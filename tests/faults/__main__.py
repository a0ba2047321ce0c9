"""`python -m tests.faults`: kills parts of a portal of its own while people work with it. See docs/faults.md."""

import argparse
import base64
import os
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import django

from tests.faults.estate import WAYS, Estate


def arguments_of(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many (100)")
    parser.add_argument("--seed", type=int, default=1, help="decides what is broken in which order (1)")
    parser.add_argument("--only", default=",".join(WAYS), help="parts to break, by commas (all)")
    parser.add_argument("--pause", type=float, default=2, help="seconds between two faults, on average (2)")
    parser.add_argument(
        "--round", type=int, default=100, help="after so many kills everything is verified (100)"
    )
    parser.add_argument(
        "--stall", type=float, default=240, help="seconds without progress that are a fault (240)"
    )
    parser.add_argument(
        "--stale-seconds", default="45", help="JOB_STALE_SECONDS of the portal (45, its default)"
    )
    parser.add_argument(
        "--keep", type=Path, help="a folder for logs, which stays; else they go when all is well"
    )
    arguments = parser.parse_args(given)
    arguments.only = arguments.only.split(",")
    if unknown := set(arguments.only) - set(WAYS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(WAYS)}")
    return arguments


def environment(folder: Path, stale_seconds: str, receiver_port: int, authority: Path) -> dict[str, str]:
    """As in production, without TLS and second factors, which programs cannot show here."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    own = {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "VAR_DIR": str(folder / "var"),
        "DEBUG": "0",
        "HTTPS": "0",
        "REQUIRE_MFA": "0",
        "SECRET_KEY": key,
        "FIELD_KEYS": f"one:{key}",
        "INDEX_KEYS": f"one:{key}",
        "AUDIT_KEY": key,
        "ALLOWED_HOSTS": "127.0.0.1",
        "JOB_STALE_SECONDS": stale_seconds,
        "WEBHOOK_HOSTS": f"127.0.0.1:{receiver_port}",
        "WEBHOOK_NETWORKS": "127.0.0.0/8",
        "SSL_CERT_FILE": str(authority),
    }
    return os.environ | own


def main(arguments: argparse.Namespace) -> int:
    from tests.faults.receiver import receiving  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=arguments.keep))
    with receiving(folder / "authority.pem") as receiver:
        env = environment(folder, arguments.stale_seconds, receiver.server_port, folder / "authority.pem")
        estate = Estate(folder, env)
        try:
            estate.start_servers()
            os.environ.update(estate.env)
            django.setup()
            from tests.faults.run import run  # noqa: PLC0415 - needs the settings

            well = run(estate, receiver, arguments)
        finally:
            estate.stop()
    if well and not arguments.keep:
        shutil.rmtree(folder)
    else:
        print(f"logs: {folder}")
    return 0 if well else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(arguments_of()))
