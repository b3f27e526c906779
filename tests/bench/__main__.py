"""`python -m tests.bench [G6]`: runs the benches on servers of their own, prints ratios, fails on a missed goal."""

import importlib
import os
import pkgutil
import shutil
import sys
import tempfile
from pathlib import Path


def run(wanted: list[str]) -> int:
    from tests import bench
    from tests.bench.registry import BENCHES

    for module in pkgutil.iter_modules(bench.__path__):
        if module.name not in ("__main__", "registry"):
            importlib.import_module(f"tests.bench.{module.name}")
    missed = 0
    for one in sorted(BENCHES, key=lambda one: one.goal):
        if wanted and one.goal not in wanted:
            continue
        print(f"{one.goal}  {one.title}")
        for figure in one.measure():
            print(figure)
            missed += not figure.reached
    return 1 if missed else 0


def main() -> int:
    from connectify.embedded import Embedded

    run_dir = Path(tempfile.mkdtemp(prefix="cfb-", dir="/tmp"))  # short: socket paths end at 107 bytes
    run_dir.chmod(0o711)
    try:
        with Embedded(run_dir, given={}) as servers:  # durable, as in production
            os.environ.update(servers.environment)
            os.environ["CONNECTIFY_RUN_DIR"] = str(run_dir)
            os.environ["DJANGO_SETTINGS_MODULE"] = "connectify.settings"
            import django
            from django.core.management import call_command

            django.setup()
            call_command("migrate", database="owner", verbosity=0, interactive=False)
            return run(sys.argv[1:])
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
