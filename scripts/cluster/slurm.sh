#!/bin/sh
# slurm.sh: a project on several machines under Slurm:  sbatch scripts/cluster/slurm.sh resnet50 --batch 256
# A second run of a script that gives fit a checkpoint goes on from it (resume=path).
#SBATCH --job-name=lunette
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=2        # processes a machine: one a socket
#SBATCH --cpus-per-task=16         # threads of each
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60           # a minute before the end: all stop after the step, with a checkpoint
export OMP_NUM_THREADS="$SLURM_CPUS_PER_TASK"
exec srun --mpi=pmix --kill-on-bad-exit=1 lunette run "$@"
