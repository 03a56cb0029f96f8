"""Whole networks: which layer is wrong in itself, and which only inherit.

`lines(check_network(network))` is the table; docs/networks.md tells the rest.
"""

from parity_tests.networks.as_findings import findings as findings
from parity_tests.networks.candidate import Candidate as Candidate
from parity_tests.networks.candidate import LossPart as LossPart
from parity_tests.networks.candidate import Part as Part
from parity_tests.networks.check import check_network as check_network
from parity_tests.networks.discover import find_networks as find_networks
from parity_tests.networks.report import NetworkReport as NetworkReport
from parity_tests.networks.report import Row as Row
from parity_tests.networks.sandbox import check_module as check_module
from parity_tests.networks.table import lines as lines
