"""What others would say of the same rows, for comparison only: EcoLogits' formula, and hours times design power."""

import numpy as np
from inference_rows import Array, Data

__all__ = ["ecologits_wh", "tdp_wh"]

_ALPHA, _BETA, _GAMMA = 1.1665e-6, -0.01121, 4.0529e-5  # EcoLogits 0.11.3, Wh per token; see its methodology page
_BITS, _GPU_GB, _HEADROOM = 16, 80, 1.2


def ecologits_wh(data: Data) -> Array:
    """GPU energy of one request by EcoLogits 0.11.3 [Wh], given the row's own batch; input tokens are free there."""
    s = data.server
    need = np.ceil(_HEADROOM * s.total_b * _BITS / 8 / _GPU_GB)
    gpus = 2 ** np.ceil(np.log2(need))
    wh: Array = gpus * data.out * (_ALPHA * np.exp(_BETA * s.batch) * s.active_b + _GAMMA)
    return wh


def tdp_wh(data: Data) -> Array:
    """Measured time times the accelerators' design power [Wh]."""
    wh: Array = data.device_s * data.server.tdp_w / 3600
    return wh
