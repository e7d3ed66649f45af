import os
os.environ.setdefault('OMP_NUM_THREADS', '1')
import matplotlib
matplotlib.use('agg')
from browser import chromium, keep, tab    # noqa: F401, fixtures
