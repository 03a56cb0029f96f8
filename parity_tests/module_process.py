"""A child process that loads a stranger's module: why it could not, how it ended, and where in the code it is."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

from parity_tests.processes import Process
from parity_tests.subjects.stranger.module import CannotLoad
from parity_tests.whereabouts import Whereabouts

LOADING = 60.0  # seconds for loading the module


class ModuleProcess(Process):
    """serve(connection, setup, stack) runs in the child; setup.place is the module, stack a file for whereabouts.py."""

    def __init__(self, serve: Callable[..., None], setup: Any, *, patience: int = 1) -> None:
        self.place, self.whereabouts = setup.place, Whereabouts()
        super().__init__(serve, setup, self.whereabouts.path, patience=patience)

    def opened(self) -> tuple:
        """The child's first message. Raises CannotLoad, and the process is ended then."""
        try:
            said = self.answer(LOADING)
            if said is None:
                raise CannotLoad(f"{self.place} cannot be loaded: {self._why_lost()}")
            if isinstance(said[-1], CannotLoad):
                raise said[-1]
        except BaseException:
            self.stop()
            raise
        return said

    def _why_lost(self) -> str:
        death = self.death()
        what = f"it {death}" if death else f"it takes over {LOADING:g} s"
        cure = (
            "" if death else ": an endless loop? What is not for importing belongs under `if __name__ == '__main__':`"
        )
        return " ".join(filter(None, (what, self.where()))) + cure + "."

    def death(self) -> str:
        """How the process died, '' if it lives."""
        code = self.exit_code(0.2)
        if code is None:
            return ""
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended its process with code {code}"

    def where(self) -> str:
        """The function of the code in which it is, or was when it died; '' where that is not known."""
        if self.exit_code(0) is None:
            self.whereabouts.ask(self.process.pid)
        return self.whereabouts.told(self.place)

    def stop(self) -> None:
        super().stop()
        self.whereabouts.forget()
