"""A dropout whose parts can be planted: what is kept, the scale, and the mask of backward."""

DROPOUT = """
class Dropout:
    def __init__(self, p):
        self.p = p
    def forward(self, x, training=True):
        self.mask = np.ones_like(x)
        if training:
            kept = {kept}
            self.mask = np.broadcast_to(kept / {scale}, x.shape).astype(x.dtype)
        return x * self.mask
    def backward(self, dout):
        return dout * {again}
"""
