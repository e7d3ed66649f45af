import os, signal
os.environ.setdefault('OMP_NUM_THREADS', '1')
import matplotlib
matplotlib.use('agg')
from browser import chromium, keep, tab    # noqa: F401, fixtures

# A shell that starts the tests in the background has interrupts ignored, and so would the processes that tests
# interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)

def pytest_collection_modifyitems(items):
    "The longest tests first, so that nothing waits for them in the end"
    long = 'own_experiment', 'test_site', 'notebook[tour]', '29_logs', 'forgotten', '28_health', 'two_processes'
    items.sort(key=lambda i: not any(k in i.nodeid for k in long))
