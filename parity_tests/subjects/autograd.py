"""A NumPy layer as a torch.autograd.Function, so that PyTorch's own gradcheck can judge it.

gradcheck compares the Jacobian by central differences with the Jacobian that backward gives, one upstream unit vector
at a time: no random direction can hide a wrong element.
"""

from __future__ import annotations

import torch
from torch.autograd.gradcheck import GradcheckError

from parity_tests.trace import Trace, group


def gradcheck(subject, batch: Trace) -> str:
    """Run torch.autograd.gradcheck over X and every parameter in training; '' or what is wrong."""
    weights, state, masks = group(batch, "parameter"), group(batch, "state"), group(batch, "training.mask")
    names, last = list(weights), None

    class NumpyLayer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *tensors):
            nonlocal last
            subject.load({n: t.detach().numpy() for n, t in zip(names, tensors, strict=True)}, state)
            ctx.save_for_backward(x, *tensors)
            last = ctx
            return torch.tensor(subject.forward(x.detach().numpy(), training=True, masks=masks))

        @staticmethod
        def backward(ctx, upstream):
            if ctx is not last:  # the subject knows its last forward only
                NumpyLayer.forward(ctx, *ctx.saved_tensors)
            dLdX = subject.backward(upstream.contiguous().numpy())
            return torch.tensor(dLdX), *(torch.tensor(subject.gradients()[n]) for n in names)

    leaves = [torch.tensor(a, requires_grad=True) for a in (batch["training.X"], *weights.values())]
    try:
        torch.autograd.gradcheck(NumpyLayer.apply, leaves, eps=1e-6, atol=1e-6, rtol=1e-6)
    except GradcheckError as error:
        return " ".join(str(error).split())[:400]
    return ""
