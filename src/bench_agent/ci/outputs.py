"""The files a job leaves: in `.benchmark/ci/` for an artifact, and those that the service names.

Takes texts, writes them. What they say is the renderer's.
"""

from collections.abc import Mapping
from pathlib import Path

from bench_agent.ci.job import Job
from bench_agent.errors import StoreError
from bench_agent.history.store import Store, write_atomically
from bench_agent.text.clean import clean_text

FOLDER = "ci"  # below the state directory
MAX_SUMMARY = 1_000_000  # bytes; GitHub leaves out a larger one


def keep_files(store: Store, texts: Mapping[str, str]) -> Path:
    """Write the texts by file name into the folder of the last job, which is made; the folder. Raises StoreError."""
    store.prepare()
    folder: Path = store.dir / FOLDER
    if folder.is_symlink():
        raise StoreError(f"{folder} is a symbolic link, and is not followed", hint="remove it")
    try:
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            write_atomically(folder / name, text)
    except OSError as error:
        raise StoreError(
            f"could not write {folder}: {error.strerror}", hint="check its owner and the space left"
        ) from error
    return folder


def write_summary(job: Job, markdown: str) -> None:
    """Add to the job's summary, where the service has one. Raises StoreError."""
    if job.summary_file and len(markdown.encode()) <= MAX_SUMMARY:
        _append(job.summary_file, markdown + "\n")


def write_outputs(job: Job, values: Mapping[str, str]) -> None:
    """The outputs of the step, one line each: a value has no line breaks. Raises StoreError."""
    if job.output_file:
        _append(job.output_file, "".join(f"{name}={clean_text(value)}\n" for name, value in values.items()))


def _append(name: str, text: str) -> None:
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StoreError(f"could not write {clean_text(name)}: {error.strerror}") from error
