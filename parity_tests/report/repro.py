"""Reproductions."""


def write(report, directory):
    raise NotImplementedError
