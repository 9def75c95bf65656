#!/bin/sh
# Settings × seeds as a job array, and in the end table and figure, made by a job that waits for it:
#
#     deploy/slurm/sweep.sh rdm_fixed --seeds 1..10 --baseline valueNetwork,linear --folder sweeps/b
#
# The array's script is written by operant itself; adapt time, partition and account in it, and submit it by
# hand if this is not enough. --folder has to be given, and the last two words have to be it.
set -eu
: "${OPERANT:=operant}"
for word do folder=$word; done
"$OPERANT" sweep "$@" --slurm
array=$(sbatch --parsable "$folder/sweep.sbatch")
# Tasks that are queued again belong to the array, so that this waits for them, too.
sbatch --job-name=operant-collect --dependency="afterany:${array%%;*}" --ntasks=1 --time=00:30:00 \
    --output="$folder/log/collect.txt" --wrap "'$OPERANT' sweep --folder '$folder' --collect"
