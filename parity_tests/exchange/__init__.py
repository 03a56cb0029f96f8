"""Exchange: compare an implementation in any language, by files alone.

    export(directory, pairs)               PyTorch's side, written once
    compare(directory, traces) -> Report   the other side, judged without PyTorch
    write_traces(side, directory, where)   the other side's traces, if it does speak Python

docs/exchange.md explains the files to whoever ports layers to another language.
"""

from parity_tests.exchange.comparison import compare as compare
from parity_tests.exchange.export import export as export
from parity_tests.exchange.files import ExchangeError as ExchangeError
from parity_tests.exchange.traces import write_traces as write_traces
