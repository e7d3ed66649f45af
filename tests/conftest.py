import os, signal
os.environ.setdefault('OMP_NUM_THREADS', '1')
import matplotlib
matplotlib.use('agg')
from browser import chromium, keep, tab    # noqa: F401, fixtures

# A shell that starts the tests in the background has interrupts ignored, and so would the processes that tests
# interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)

def pytest_collection_modifyitems(items):
    "The longest test first, so that nothing waits for it in the end"
    items.sort(key=lambda i: 'own_experiment' not in i.nodeid)
