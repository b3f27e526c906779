"""Child processes that never outlive their parent, and the supervisor that keeps them running."""

from connectify.processes.child import GuardedChild
from connectify.processes.ready import HttpOk, LogLine
from connectify.processes.supervisor import Process, StartFailed, Supervisor

__all__ = ["GuardedChild", "HttpOk", "LogLine", "Process", "StartFailed", "Supervisor"]
