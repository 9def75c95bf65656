"""Environment servers in Python: any Gymnasium environment, played over the wire.

>>> import gymnasium, operant                                                   # doctest: +SKIP
>>> operant.serve(lambda: gymnasium.make("CartPole-v1"))                        # doctest: +SKIP
listening on tcp://127.0.0.1:5555

"""

from operant.serving.endpoint import EndpointError
from operant.serving.served_task import ServedTask, Training
from operant.serving.server import Server, serve

__all__ = ["EndpointError", "ServedTask", "Server", "Training", "serve"]
