"""The Python client beside its peers, taking turns in the same run.

    python benchmarks/python_client.py [scalar] [vector]

Scalar: one lane over ipc, beside libzmq passing the same bytes, and beside a dm_env_rpc (gRPC)
client and server with the same observation. Vector: 64 and 256 lanes over ipc, beside neurogym's
perceptual decision-making in Gymnasium's own vector environments. Peers that are not installed are
named as absent.

The agent holds fixation while it is shown and then goes right. This process and its servers are
kept on one processor, but for neurogym's many processes, which get all there are.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent import futures
from pathlib import Path

import gymnasium
import numpy as np
from operant import OperantEnv, OperantVectorEnv
from operant.local_server import server_program

ALL = os.sched_getaffinity(0)
ROUNDS = 5


def figure(name: str, value: float, unit: str, beside: str = "") -> None:
    """Print a line: a name, a figure and its unit, and what stands beside it."""
    digits = 0 if value >= 1000 else 1 if value >= 10 else 3
    print(f"{name:<44}{value:>14,.{digits}f} {unit:<16}{beside}".rstrip(), flush=True)


def pairs(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """Take turns; return the pair of rates with the median ratio."""
    found = sorted(((ours(), theirs()) for _ in range(ROUNDS)), key=lambda pair: pair[0] / pair[1])
    return found[ROUNDS // 2]


def rate_of(step: Callable[[], None], steps: int) -> float:
    """Return how many steps a second there are, after some that are not counted."""
    for _ in range(steps // 10):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return steps / (time.perf_counter() - start)


def rate_on(processors: set[int], step: Callable[[], None], steps: int) -> float:
    """Return how many steps a second there are with this process on those processors."""
    os.sched_setaffinity(0, processors)
    return rate_of(step, steps)


# ---- One lane


def benchmark_scalar() -> None:
    """Round trips of one lane."""
    os.sched_setaffinity(0, {min(ALL)})
    env = OperantEnv("rdm_fixed")
    observation, _ = env.reset(seed=1)

    def step() -> None:
        nonlocal observation
        observation, _, terminated, _, _ = env.step(0 if observation[0] > 0.5 else 2)
        if terminated:
            observation, _ = env.reset()

    folder = Path(server_program()).parent
    raw = folder / "raw-ping-pong"
    endpoint = f"ipc:///tmp/operant-raw-{os.getpid()}"

    def raw_rate() -> float:
        # As many bytes as a step and its frame of three numbers have.
        words = [str(raw), endpoint, "33", "33", "20000"]
        return float(subprocess.run(words, capture_output=True, check=True, text=True).stdout)

    ours, theirs = pairs(lambda: rate_of(step, 20_000), raw_rate)
    figure("scalar client over ipc", ours, "round trips/s", f"raw libzmq {theirs:,.0f} /s")
    figure("  of raw libzmq", ours / theirs, "of raw", "at least 0.5")

    try:
        peer = DmEnvRpc()
    except ImportError:
        print("  dm_env_rpc is not installed: pip install dm_env_rpc")
    else:
        ours, theirs = pairs(lambda: rate_of(step, 10_000), lambda: rate_of(peer.step, 2000))
        figure("scalar client over ipc", ours, "round trips/s", f"dm_env_rpc {theirs:,.0f} /s")
        figure("  of dm_env_rpc", ours / theirs, "times", "at least 5")
        peer.close()
    env.close()
    os.sched_setaffinity(0, ALL)


class DmEnvRpc:
    """A dm_env_rpc agent, and a server of its own in another process."""

    def __init__(self) -> None:
        import grpc
        from dm_env_rpc.v1 import connection, dm_env_adaptor

        self._server = subprocess.Popen(
            [sys.executable, __file__, "--serve-dm-env-rpc"], stdout=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        port = int(self._server.stdout.readline())
        self._connection = connection.create_secure_channel_and_connect(
            f"localhost:{port}", grpc.local_channel_credentials()
        )
        self._env, _ = dm_env_adaptor.create_and_join_world(self._connection, {}, {})
        self._env.reset()
        self._action = {"action": np.int32(0)}

    def step(self) -> None:
        """Make one round trip."""
        self._env.step(self._action)

    def close(self) -> None:
        """End the server."""
        self._server.kill()
        self._server.wait()


def serve_dm_env_rpc() -> None:
    """Serve a world that shows three numbers, as rdm_fixed does, and prints its port."""
    import grpc
    from dm_env_rpc.v1 import dm_env_rpc_pb2, dm_env_rpc_pb2_grpc, tensor_utils

    shown = np.array([1, 0.5, 0.5], np.float32)
    specs = dm_env_rpc_pb2.ActionObservationSpecs()
    specs.actions[1].name, specs.actions[1].dtype = "action", dm_env_rpc_pb2.DataType.INT32
    specs.actions[1].min.int32s.array.append(0)
    specs.actions[1].max.int32s.array.append(2)
    specs.observations[1].name = "observation"
    specs.observations[1].dtype = dm_env_rpc_pb2.DataType.FLOAT
    specs.observations[1].shape.append(3)

    class World(dm_env_rpc_pb2_grpc.EnvironmentServicer):
        def Process(self, requests, context):  # noqa: N802 - gRPC's name
            for request in requests:
                reply = dm_env_rpc_pb2.EnvironmentResponse()
                kind = request.WhichOneof("payload")
                if kind == "create_world":
                    reply.create_world.world_name = "world"
                elif kind == "join_world":
                    reply.join_world.specs.CopyFrom(specs)
                elif kind == "step":
                    reply.step.state = dm_env_rpc_pb2.EnvironmentStateType.RUNNING
                    reply.step.observations[1].CopyFrom(tensor_utils.pack_tensor(shown))
                elif kind == "reset":
                    reply.reset.specs.CopyFrom(specs)
                else:
                    getattr(reply, kind).SetInParent()
                yield reply

    server = grpc.server(futures.ThreadPoolExecutor(2))
    dm_env_rpc_pb2_grpc.add_EnvironmentServicer_to_server(World(), server)
    port = server.add_secure_port("localhost:0", grpc.local_server_credentials())
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


# ---- Many lanes


def benchmark_vector() -> None:
    """Lane-steps of many lanes."""
    for lanes, least in [(64, "400,000"), (256, "1,000,000")]:
        os.sched_setaffinity(0, {min(ALL)})
        env = OperantVectorEnv("rdm_fixed", lanes)
        step = holding(env)
        ours = statistics.median(rate_of(step, 4000) for _ in range(ROUNDS)) * lanes
        figure(f"vector client, {lanes} lanes, ipc", ours, "lane-steps/s", f"at least {least}")
        try:
            peer = neurogym(lanes, gymnasium.vector.SyncVectorEnv)
        except ImportError:
            print("  neurogym is not installed: pip install neurogym, with Gymnasium 0.29")
            env.close()
            continue
        their_step = holding(peer)
        ours, theirs = pairs(
            lambda step=step: rate_of(step, 4000), lambda their=their_step: rate_of(their, 1000)
        )
        beside = f"neurogym, SyncVectorEnv: {theirs * lanes:,.0f} /s"
        figure("  of neurogym in a SyncVectorEnv", ours / theirs, "times", f"at least 4; {beside}")
        peer.close()
        # Its processes, and this one while it waits for them, get every processor.
        os.sched_setaffinity(0, ALL)
        peer = neurogym(lanes, gymnasium.vector.AsyncVectorEnv)
        their_step = holding(peer)
        ours, theirs = pairs(
            lambda step=step: rate_on({min(ALL)}, step, 4000),
            lambda their=their_step: rate_on(ALL, their, 100),
        )
        beside = f"neurogym, AsyncVectorEnv: {theirs * lanes:,.0f} /s"
        beside = f"at least 50; {beside}"
        figure("  of neurogym in an AsyncVectorEnv", ours / theirs, "times", beside)
        peer.close()
        env.close()


def neurogym(lanes: int, vectorise: Callable[..., gymnasium.vector.VectorEnv]):
    """Return neurogym's task with the timing and the noise of rdm_fixed, on so many lanes."""
    from neurogym import make
    from neurogym.utils.ngym_random import TruncExp

    timing = {"fixation": 750, "stimulus": TruncExp(330, 80, 1500), "decision": 500}
    name = "PerceptualDecisionMaking-v0"
    return vectorise([lambda: make(name, dt=10, timing=timing, abort=True)] * lanes)


def holding(env) -> Callable[[], None]:
    """Return a step of an agent that holds fixation while it is shown and then goes right."""
    observations, _ = env.reset(seed=1)

    def step() -> None:
        nonlocal observations
        observations, *_ = env.step(np.where(observations[:, 0] > 0.5, 0, 2))

    return step


if __name__ == "__main__":
    if "--serve-dm-env-rpc" in sys.argv:
        serve_dm_env_rpc()
        sys.exit()
    benchmarks = {"scalar": benchmark_scalar, "vector": benchmark_vector}
    named = sys.argv[1:] or list(benchmarks)
    for name in named:
        if name not in benchmarks:
            sys.exit(f"python_client: no benchmark named {name!r}; there are scalar and vector")
        benchmarks[name]()
