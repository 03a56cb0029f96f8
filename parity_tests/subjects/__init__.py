"""Subjects: adapters that put one object of one library behind the same few methods, arrays in our layout.

scratch.py            scratch_nn, or any module of the same names
scratch_network.py    a whole network of it
torch.py              PyTorch, the reference: its modules
torch_functions.py    its losses, optimisers, schedules and initialisers
torch_network.py      a whole network of it
torch_side.py         all of these as the reference's side of a workbench
masks.py              dropout masks, replayed
autograd.py           a NumPy layer as a torch.autograd.Function
stranger/             a stranger's module, recognised by looking
"""
