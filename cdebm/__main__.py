"`python -m cdebm` is the `cdebm` command, for launchers that want a module: `torchrun --nproc-per-node 4 -m cdebm train cifar10`"
from cdebm.cli import main

if __name__=='__main__': main(prog_name='cdebm')
