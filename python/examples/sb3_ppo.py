"""PPO of Stable-Baselines3, unmodified, at motion so clear that one look decides.

python sb3_ppo.py [ENDPOINT]; without one it starts a server of its own
"""

import sys

import gymnasium
from stable_baselines3 import PPO

clear = {"noise": 0.2, "fixation": 250, "coherences": [12.8, 25.6, 51.2]}
place = next(iter(sys.argv[1:]), None)
env = gymnasium.make("operant:operant/rdm_rt-v1", endpoint=place, time_step_ms=50, settings=clear)
trials = []


def watch(told: dict, _: dict) -> bool:
    """Keep what is told of the trials that end, and print how the last 500 went."""
    trials.extend(info for info in told["infos"] if "ending" in info)
    if "ending" in told["infos"][0] and len(trials) % 500 == 0:
        reward = sum(info["episode"]["r"] for info in trials[-500:]) / 500
        print(f"trials {len(trials):5}  reward {reward:5.2f}", flush=True)
    return True


agent = PPO("MlpPolicy", env, n_steps=512, learning_rate=1e-3, seed=1)
agent.learn(20_000, callback=watch)
last = [info["correct"] for info in trials if info["ending"] in ("correct", "error")][-1000:]
print(f"correct {sum(last) / len(last):.2f} of the last {len(last)} decisions")
