import Console
import Foundation
import Runs

/// A sweep as a job array of Slurm: each training is a task, which goes on where it was when its time was
/// over.
struct SlurmArray {
  let folder: SweepFolder
  /// The file of this program.
  let program: String

  /// What `sbatch` takes.
  var script: String {
    let root = absolutePath(folder.path)
    return """
      #!/bin/sh
      #SBATCH --job-name=operant-sweep
      #SBATCH --array=0-\(folder.sweep.trainings.count - 1)
      #SBATCH --ntasks=1
      #SBATCH --cpus-per-task=\(processorCount)
      #SBATCH --time=04:00:00
      #SBATCH --requeue
      #SBATCH --signal=USR1@120
      #SBATCH --open-mode=append
      #SBATCH --output=\(absolutePath(folder.log))/%a.txt
      # Two minutes before its time is over a training is told by SIGUSR1, saves what it has and ends with
      # 75; it is queued again then. Adapt the time and add your partition and account.
      set -u
      code=0
      srun '\(program)' sweep --folder '\(root)' \\
          --task-index "$SLURM_ARRAY_TASK_ID" || code=$?
      if [ "$code" -eq 75 ]; then
          exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
      fi
      exit "$code"

      """
  }

  /// A training's own server works beside it.
  private var processorCount: Int { folder.servers.connect.isEmpty ? 2 : 1 }

  func write() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder.log, withIntermediateDirectories: true)
    } catch {
      throw ProgramError("can't make the folder '\(folder.log)'", .cannotCreate)
    }
    try AtomicFile.write(script, to: folder.script)
  }
}
