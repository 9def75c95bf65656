"""RecurrentPPO of sb3-contrib, unmodified, at evidence to add up: FILE [ENDPOINT]."""

import sys

import gymnasium
from sb3_contrib import RecurrentPPO
from stable_baselines3.common import env_util, vec_env

# Steps of 50 ms are fewer to remember than steps of 10; the noise scales with them.
task = {"endpoint": next(iter(sys.argv[1:]), None), "time_step_ms": 50}
lanes = env_util.make_vec_env(lambda: gymnasium.make("operant:operant/rdm_fixed-v1", **task), 64)
rule = {"n_steps": 64, "batch_size": 2048, "learning_rate": 3e-3, "gamma": 1, "ent_coef": 0.02}
units, trials = {"lstm_hidden_size": 64, "enable_critic_lstm": False}, []


def watch(told: dict, _: dict) -> bool:
    """Keep what is told of the trials that end, and print at times how the last 1000 went."""
    trials.extend(info for info in told["infos"] if "ending" in info)
    if told["self"].num_timesteps % 12_800 == 0:
        reward = sum(info["episode"]["r"] for info in trials[-1000:]) / 1000
        print(f"trials {len(trials):6}  reward {reward:5.2f}", flush=True)
    return True


env = vec_env.VecNormalize(lanes, norm_reward=False)
agent = RecurrentPPO("MlpLstmPolicy", env, **rule, policy_kwargs=units, seed=1)
agent.learn(200_000, callback=watch)  # in which seed 1 gets above 0.7 correct
last = [info["correct"] for info in trials if info["ending"] in ("correct", "error")][-1000:]
print(f"correct {sum(last) / len(last):.2f} of the last {len(last)} decisions")
