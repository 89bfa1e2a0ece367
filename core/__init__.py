"""The headless engine: everything the window and the command line do."""

import os
import sys

# The matrices of a fit are small: a second BLAS thread gains nothing and waits spinning, which
# makes a frame several times slower on a busy machine. The variable is for what is loaded later.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
if "numpy" in sys.modules:
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
