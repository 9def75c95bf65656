"""The names under which Gymnasium finds the tasks."""

from gymnasium.envs.registration import register, registry

TASKS = {
    "PerceptualDecisionMaking": ("rdm_fixed", "rdm_fixed_dt"),
    "PerceptualDecisionMakingReactionTime": ("rdm_rt",),
    "ContextDecisionMaking": ("mante",),
    "MultiSensoryIntegration": ("multisensory",),
    "DelayComparison": ("romo",),
    "PostDecisionWager": ("postdecisionwager",),
    "EconomicDecisionMaking": ("padoaschioppa2006", "padoaschioppa2006_1A3B"),
    "CartPole": ("cartpole",),
    "DelayNonMatchSample": (
        "dnms",
        "dnms_long_delay",
        "dnms_variable_delay",
        "dnms_excitatory_inhibitory",
    ),
    "SelectiveIntegration": ("selective_integration", "selective_integration_test"),
    "ArmReaching": ("arm_reaching",),
    "GradientComparison": ("gradient_comparison",),
}
"""The tasks of Operant's own server, each with its papers' names."""


def register_all() -> None:
    """Register every task as `operant/NAME-v1`, under its own name and its papers' names.

    `operant/Task-v1` takes any task by `task=…`, for servers with tasks of their own.
    """
    names = [name for task, aliases in TASKS.items() for name in (task, *aliases)]
    for name in [*names, "Task"]:
        if f"operant/{name}-v1" in registry:
            continue
        register(
            f"operant/{name}-v1",
            entry_point="operant.environment:OperantEnv",
            vector_entry_point="operant.vector:OperantVectorEnv",
            kwargs={} if name == "Task" else {"task": name},
        )
