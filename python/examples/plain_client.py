"""Q-learning in plain Python, with pyzmq and protoc's output alone: plain_client.py ENDPOINT."""

import random
import struct
import sys

import zmq

from operant.v1.gym_pb2 import Begin, Open, Reply, Request, Setting, Step

socket = zmq.Context().socket(zmq.REQ)
socket.connect(sys.argv[1])
clear = [Setting(name="noise", value=[0.2]), Setting(name="coherences", value=[25.6, 51.2])]
task = Open(task="rdm_rt", seed=1, lane_count=1, time_step_ms=50, restart_rule=2, settings=clear)
socket.send(Request(open=task).SerializeToString())
session, body = Reply.FromString(socket.recv()).opened.session, {"begin": Begin()}
q, state, choice, trials, chance = [[0.0] * 3 for _ in range(3)], 0, 0, [], random.Random(1)
for sequence in range(1, 10_001):
    socket.send(Request(sequence=sequence, session=session, **body).SerializeToString())
    frame = Reply.FromString(socket.recv()).frame
    over, (*seen, reward) = frame.ended, struct.unpack("<4f", frame.observations + frame.rewards)
    before, state = state, seen.index(max(seen))  # what stands out: fixation point, left, right
    q[before][choice] += (reward + max(q[state]) * (not over.endings) - q[before][choice]) / 100
    [choice] = chance.choices(range(3), [2.718 ** (20 * value) for value in q[state]])
    body = {"step": Step(choices=bytes([choice]))}
    trials += [(ending, reward) for ending in over.endings]
    if over.endings and len(trials) % 100 == 0:
        print(f"trials {len(trials):5}  reward {sum(r for _, r in trials[-100:]) / 100:5.2f}")
last = [ending == 1 for ending, _ in trials if ending in (1, 2)][-1000:]
print(f"correct {sum(last) / len(last):.2f} of the last {len(last)} decisions")
