"""Subjects: adapters that put one object of one library behind the same few methods, arrays in our layout.

scratch.py     scratch_nn, or any module of the same names          torch.py     PyTorch, the reference
autograd.py    a NumPy layer as a torch.autograd.Function
"""
