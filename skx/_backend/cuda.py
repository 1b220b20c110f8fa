# SPDX-License-Identifier: BSD-3-Clause
"""The only door to CuPy, which is imported when a function here first needs it."""

from skx._optional import install_command


def device_status() -> str:
    """Describe the CUDA devices that CuPy can use, or why there are none."""
    try:
        import cupy
    except ModuleNotFoundError as error:
        if error.name != "cupy":
            return f"none (CuPy cannot be imported: {error})"
        return f"none (CuPy is not installed; run {install_command('cupy')})"
    except ImportError as error:
        return f"none (CuPy cannot be imported: {error})"
    # cupy.cuda.is_available() asks the same question but drops the reason.
    runtime = cupy.cuda.runtime
    try:
        devices = [
            runtime.getDeviceProperties(device)
            for device in range(runtime.getDeviceCount())
        ]
    except runtime.CUDARuntimeError as error:
        return f"none (CuPy {cupy.__version__} finds no usable CUDA device: {error})"
    if not devices:
        return f"none (CuPy {cupy.__version__} finds no CUDA device)"
    return "; ".join(
        f"{device['name'].decode()}, {device['totalGlobalMem'] / 2**30:.0f} GiB"
        for device in devices
    )
