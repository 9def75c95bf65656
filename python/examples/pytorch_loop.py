"""An actor and a critic of gated units in plain PyTorch, on 64 lanes in one batch."""

import gymnasium
import torch

torch.manual_seed(1)
env = gymnasium.make_vec("operant:operant/rdm_fixed-v1", num_envs=64, time_step_ms=50)
units, readout = torch.nn.GRUCell(3, 64), torch.nn.Linear(64, 4)  # three actions and a value
adam = torch.optim.Adam([*units.parameters(), *readout.parameters()], lr=0.01)
seen, state, over, trials = env.reset(seed=1)[0], torch.zeros(64, 64), torch.zeros(64) > 0, []
for update in range(1, 401):
    state, steps, loss = state.detach(), [], 0
    for _ in range(32):
        state = units(torch.from_numpy(seen), state) * torch.as_tensor(~over)[:, None]
        policy = torch.distributions.Categorical(logits=readout(state)[:, :3])
        action, gain, idle = policy.sample(), readout(state)[:, 3], over  # idle: about to restart
        seen, reward, over, _, told = env.step(action.numpy())
        steps.append((policy, action, gain, reward, over, idle))
        trials += zip(told["ending"][over], reward[over], strict=True) if over.any() else []
    for policy, action, value, reward, last, idle in reversed(steps):
        gain = torch.from_numpy(reward) + 0.97 * torch.from_numpy(~last) * gain.detach()
        gap = (gain - value) * torch.as_tensor(~idle)
        loss += gap**2 / 2 - gap.detach() * policy.log_prob(action) - policy.entropy() / 100
    adam.zero_grad()
    loss.mean().backward()
    adam.step()
    if update % 40 == 0:
        print(f"trials {len(trials):6}  reward {sum(r for _, r in trials[-1000:]) / 1000:5.2f}")
last = [ending == "correct" for ending, _ in trials if ending in ("correct", "error")][-1000:]
print(f"correct {sum(last) / len(last):.2f} of the last {len(last)} decisions")
