"""Reads a Dockerfile far enough to check it where no Docker can run."""

import re
import shlex
from dataclasses import dataclass

INSTRUCTIONS = {"FROM", "ARG", "ENV", "RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "CMD", "ENTRYPOINT", "HEALTHCHECK"}


@dataclass(frozen=True)
class Instruction:
    word: str
    text: str

    @property
    def arguments(self) -> list[str]:
        return [part for part in shlex.split(self.text) if not part.startswith("--")]

    def option(self, name: str) -> str | None:
        found = re.search(rf"--{name}=(\S+)", self.text)
        return found[1] if found else None


def parse(source: str) -> list[list[Instruction]]:
    """The stages, each with its instructions. Raises ValueError for what is no instruction we use."""
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()
    stages: list[list[Instruction]] = []
    for line in joined:
        word, _, text = line.partition(" ")
        if word not in INSTRUCTIONS or not text.strip():
            raise ValueError(f"not an instruction: {line}")
        if word == "FROM":
            stages.append([])
        if not stages:
            raise ValueError(f"before the first FROM: {line}")
        stages[-1].append(Instruction(word, text.strip()))
    return stages
