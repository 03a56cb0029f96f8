"""Whole networks: which layer is wrong in itself, and which only inherit.

from parity_tests.networks import check_network, lines
print("\\n".join(lines(check_network(network, input_shape=(28, 28, 1)))))
"""

from parity_tests.networks.candidate import Candidate as Candidate
from parity_tests.networks.candidate import LossPart as LossPart
from parity_tests.networks.candidate import Part as Part
from parity_tests.networks.check import NetworkReport as NetworkReport
from parity_tests.networks.check import Row as Row
from parity_tests.networks.check import check_network as check_network
from parity_tests.networks.discover import find_networks as find_networks
from parity_tests.networks.table import lines as lines
