"""`python -m bench.child WORK [key=value …]`: does one piece of work and prints one line of JSON."""

import json
import os
import sys

import django

MARK = "bench-result "


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()

    from bench.works import WORKS  # noqa: PLC0415 - needs the settings

    name, *arguments = sys.argv[1:]
    result = WORKS[name](**dict(argument.split("=", 1) for argument in arguments))
    print(MARK + json.dumps(result))


if __name__ == "__main__":
    main()
