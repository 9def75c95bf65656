"""The same learning update in PyTorch: both networks forward and back through time, clipping, Adam.

    python benchmarks/pytorch_update.py TRIALS STEPS RUNS

Prints the seconds that one update takes (the median), in one thread: the networks' noise, both
forward and backward passes, clipping and Adam. Observations, actions and returns are drawn
beforehand. Written with care for speed: one product for both gates, and all inputs projected at
once.
"""

import statistics
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(69)

UNITS, INPUTS, ACTIONS, LEAK = 100, 3, 3, 0.1


class GatedUnits(torch.nn.Module):
    """The units of Song, Yang & Wang 2017 with a linear read-out."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        scale = 2.0 / UNITS**0.5
        self.inputs = torch.nn.Linear(inputs, 3 * UNITS)
        self.gates = torch.nn.Parameter(scale * torch.randn(UNITS, 2 * UNITS))
        self.candidate = torch.nn.Parameter(scale * torch.randn(UNITS, UNITS))
        self.read_out = torch.nn.Linear(UNITS, outputs)
        self.initial = torch.nn.Parameter(torch.full((UNITS,), 0.5))

    def forward(
        self, inputs: torch.Tensor, noise: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Rates [step × trial × unit] and read-outs, from inputs u₁ … and noise q₁ …."""
        # Unbound at once: a slice a step would fill a gradient of all steps with zeros each time.
        heard = self.inputs(inputs).unbind(0)
        currents = self.initial.expand(inputs.shape[1], UNITS)
        rates = torch.relu(currents)
        history = [rates]
        for now, quiver in zip(heard, noise.unbind(0), strict=True):
            candidate, gates = now.split([UNITS, 2 * UNITS], dim=1)
            opened = torch.sigmoid(torch.addmm(gates, rates, self.gates))
            update, recurrent = opened.split(UNITS, dim=1)
            drive = torch.addmm(candidate + quiver, recurrent * rates, self.candidate)
            currents = currents + LEAK * update * (drive - currents)
            rates = torch.relu(currents)
            history.append(rates)
        all_rates = torch.stack(history)
        return all_rates, self.read_out(all_rates)


def main() -> None:
    """Time updates and print the median."""
    trials, steps, runs = (int(word) for word in sys.argv[1:4])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    decision = GatedUnits(INPUTS, ACTIONS)
    value = GatedUnits(UNITS + ACTIONS, 1)
    optimisers = [torch.optim.Adam(network.parameters(), lr=0.004) for network in (decision, value)]
    observations = torch.rand(steps - 1, trials, INPUTS)
    actions = torch.randint(ACTIONS, (steps, trials))
    returns = torch.rand(steps, trials)

    def noise() -> torch.Tensor:
        return 0.447 * torch.randn(steps - 1, trials, UNITS)

    def update() -> None:
        rates, logits = decision(observations, noise())
        taken = torch.nn.functional.one_hot(actions[:-1], ACTIONS).float()
        _, values = value(torch.cat([rates[:-1].detach(), taken], dim=2), noise())
        baseline = values.squeeze(2)
        value_loss = ((baseline - returns) ** 2).mean()
        log_policy = torch.log_softmax(logits, dim=2)
        chosen = log_policy.gather(2, actions.unsqueeze(2)).squeeze(2)
        policy_loss = -(chosen * (returns - baseline).detach()).sum() / trials
        for optimiser, network, loss in zip(
            optimisers, (decision, value), (policy_loss, value_loss), strict=True
        ):
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()

    update()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        update()
        times.append(time.perf_counter() - start)
    print(f"{statistics.median(times):.6f} {torch.__version__}")


if __name__ == "__main__":
    main()
