"""Endings as scripts: code that raises, leaves, crashes or never comes back instead of computing.

exception    the calls up to the one that raises           crash        the same, with Python's trace of it
time limit   the same, ended after so many seconds         exit         in a process of its own, which must go through
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

import numpy as np

from parity_tests.families import FAMILIES
from parity_tests.families.layer import STAGE_NAMES
from parity_tests.findings import NO_RETURN
from parity_tests.pair import NotOffered
from parity_tests.recording import Recording
from parity_tests.repro.manners import Manners
from parity_tests.repro.numbers import tape_of, writer_of
from parity_tests.repro.plays import Play
from parity_tests.repro.scripts import Place, Script
from parity_tests.repro.tape import Tape
from parity_tests.repro.writing import Writer

NEWLINE = "\n"


class Endings(Manners):
    """Scripts for one failure of one case that gave no numbers."""

    def ending(self, on_text: Callable[[str], object]) -> Iterator[Script]:
        """The calls up to the one that ends it all. Where there may be no return, each is told before it is made."""
        for play in (*self._whole(), *self._everything()):
            tape = tape_of(self.side)
            if self.failure.kind in NO_RETURN:
                tape.on_call = lambda tape=tape, play=play: self._tell(tape, play, on_text)
            found, raised = None, False
            try:
                with np.errstate(all="ignore"), tape:
                    found = play.run(self.side(self.pair, self.case, self.dtype), self.fresh)
            except NotOffered:
                continue
            except BaseException:  # whatever it is, sys.exit among it, it is what the script is about
                raised = True
            if isinstance(found, Exception):
                yield from self._misshapen(tape, play, str(found))
            elif raised and tape.calls:
                yield self._ending(tape, play)

    def _everything(self) -> Iterator[Play]:
        """All that the checks do in a row."""

        def run(subject, batch) -> None:
            recording = Recording()
            FAMILIES[self.pair.family].record(subject, batch, recording)
            recording.whole()

        if self.is_whole:
            yield Play("everything", run, STAGE_NAMES)

    def _tell(self, tape: Tape, play: Play, on_text: Callable[[str], object]) -> None:
        with contextlib.suppress(Exception):  # what cannot be written is not told
            on_text(self._ending(tape, play).text())

    def _writer(self, tape: Tape, play: Play) -> Writer:
        return writer_of(tape, self.side, self.place, self.pair, self.batch, play.stages)

    def _misshapen(self, tape: Tape, play: Play, said: str) -> Iterator[Script]:
        """A gradient that has not its parameter's shape: no call raises, its shape is what is wrong."""
        told = re.search(r"gradient of (\w+) has shape (\(.*?\)), \w+ itself (\(.*?\))", said)
        if told is None:
            return
        key, shape, own = told.groups()
        writer = self._writer(tape, play)
        self._written(writer, tape)
        likely = re.compile(rf"grad.*{key}|{key}.*grad|\bd_?{key}\b", re.IGNORECASE)
        for where, held in writer.places():
            if isinstance(held, np.ndarray) and str(held.shape) == shape and likely.search(where):
                show = f'print("the gradient of {key} has shape", {where}.shape, "and {key} itself {own}")'
                test = f'assert {where}.shape == {own}, "a gradient has its parameter\'s shape"'
                yield self._script(writer, [*writer.lines(where), show, test])

    def _ending(self, tape: Tape, play: Play) -> Script:
        writer = self._writer(tape, play)
        body = self._written(writer, tape)
        kind, said = self.failure.kind, self.failure.message
        if kind == "exit":
            return self._ended(writer, body)
        if kind == "time limit":
            seconds = re.search(r"within ([\d.]+) s", said)
            wait = float(seconds.group(1)) if seconds else 10.0
            body = [f"faulthandler.dump_traceback_later({wait:g}, exit=True)  # where it is by then", *body]
        if kind == "crash":
            body = ["faulthandler.enable()  # tells where it crashes", *body]
        if kind == "exception" and "MemoryError" in said:
            body = ["resource.setrlimit(resource.RLIMIT_AS, (8 << 30,) * 2)  # bytes", *body]
        return self._script(writer, body)

    def _ended(self, writer: Writer, body: list[str]) -> Script:
        """An exit can't be caught where os._exit is called: the calls are made in a process of their own."""
        inner = Script("", self.place, writer.data, [*body, 'print("went through")'], writer.imports).text()
        outer = [
            f"code = r'''{NEWLINE.join(inner.splitlines()[1:])}'''",
            'ended = subprocess.run([sys.executable, "-c", code], capture_output=True)',
            "print(ended.stderr.decode()[-400:])",
            'assert b"went through" in ended.stdout, f"the code ended its process ({ended.returncode})"',
        ]
        return Script(self._says(), Place("", ()), {}, outer)
