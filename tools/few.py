"""The pictures of MNIST that come with the package, drawn anew into cdebm/shipped/mnist-800.npz.

    CDEBM_DATA=folder python tools/few.py      300 of the training part, 500 of the test part, no two the same, seed 0
"""
import sys
from pathlib import Path
import numpy as np, torch

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))

def drawn(split, n) -> dict:
    "Bytes and labels of `n` pictures"
    from cdebm.images import images
    data = images('mnist', split, labelled=True)
    i = torch.randperm(len(data), generator=torch.Generator().manual_seed(0))[:n]
    return {f'{split}_x': data.kept[i,0].numpy(), f'{split}_y': data.y[i].numpy().astype(np.uint8)}

if __name__=='__main__':
    path = root/'cdebm'/'shipped'/'mnist-800.npz'
    np.savez_compressed(path, **drawn('train', 300), **drawn('test', 500))
    print(f'{path}: {path.stat().st_size:,} bytes')
