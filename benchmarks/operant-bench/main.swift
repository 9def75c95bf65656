import Envs
import Gym
import Learning
import Glibc

func now() -> Double { var t = timespec(); clock_gettime(CLOCK_MONOTONIC, &t); return Double(t.tv_sec) + 1e-9 * Double(t.tv_nsec) }
let h = Hyperparameters()
let seed = UInt64(CommandLine.arguments.dropFirst().first ?? "97")!
let entry = try catalogue.find("rdm_fixed").entry
let env = try entry.makeEnvironment([], .init(seed: seed, laneCount: 10, lookAhead: h.lookAhead))
let val = try entry.makeEnvironment([], .init(seed: seed, firstLane: Training.firstValidationLane, laneCount: 1000, lookAhead: h.lookAhead))
let t0 = now()
let training = Training(from: Snapshot(for: entry.description, hyperparameters: h, seed: seed), in: env, validatingIn: val, hyperparameters: h, seed: seed)
print("init", now() - t0)
let start = now()
var steps = 0
let out = try training.run { event in
  switch event {
  case .validated(let v, let b, _): print(now() - start, v.trials, v.meanReward, v.decided, v.correct ?? 0, b, v.meanStepCount)
  case .updated(_, let m): steps += m.stepCount
  }
  return true
}
print(out, now() - start, steps)
