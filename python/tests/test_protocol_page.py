"""docs/protocol.md, held to the schema and to what a server really says."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zmq
from google.protobuf import text_format

from operant.v1 import gym_pb2 as pb

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

ELIDED = "…"
"""Stands on the page for what is left out."""

MESSAGES = dict(pb.DESCRIPTOR.message_types_by_name)
ENUMS = dict(pb.DESCRIPTOR.enum_types_by_name)


# MARK: reading the page


def section(heading: str) -> str:
    """Return what stands below a heading, up to the next of its rank."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", PAGE, re.MULTILINE)
    assert found, f"the page has no section '{heading}'"
    rest = PAGE[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """Return the cells of the first table of a text, without its head."""
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, "there is no table"
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def table_of(name: str) -> list[list[str]]:
    """Return the table of a message or an enumeration."""
    found = re.search(rf"^\*\*`{name}`\*\*", PAGE, re.MULTILINE)
    assert found, f"the page has no table of {name}"
    return rows(PAGE[found.end() :])


def code_blocks(text: str, language: str = "python") -> list[str]:
    """Return the fenced blocks of a text."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def indented_blocks(text: str) -> list[str]:
    """Return the blocks that are set apart by four spaces."""
    return re.findall(r"(?:^ {4}.*\n)+", text + "\n", re.MULTILINE)


def type_name(field: Any) -> str:
    """Return a field's type as the schema writes it."""
    scalars = {
        field.TYPE_BOOL: "bool",
        field.TYPE_BYTES: "bytes",
        field.TYPE_DOUBLE: "double",
        field.TYPE_FLOAT: "float",
        field.TYPE_STRING: "string",
        field.TYPE_UINT32: "uint32",
        field.TYPE_UINT64: "uint64",
    }
    named = field.message_type or field.enum_type
    name = named.name if named else scalars[field.type]
    return f"repeated {name}" if is_repeated(field) else name


def is_repeated(field: Any) -> bool:
    # Older versions of protobuf know the label alone, newer ones warn of it.
    known = getattr(type(field), "is_repeated", None)
    return bool(field.is_repeated if known else field.label == field.LABEL_REPEATED)


# MARK: talking to the server


class Agent:
    """Somebody who knows no more than the schema."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._sockets: list[zmq.Socket[bytes]] = []
        self.socket = self.connect()

    def connect(self, kind: int = zmq.DEALER) -> "zmq.Socket[bytes]":
        socket: zmq.Socket[bytes] = zmq.Context.instance().socket(kind)
        socket.linger = 0
        socket.rcvtimeo = socket.sndtimeo = 20_000
        socket.connect(self._endpoint)
        self._sockets.append(socket)
        return socket

    def close(self) -> None:
        for socket in self._sockets:
            socket.close()

    def exchange(self, *parts: bytes) -> bytes:
        self.socket.send_multipart(parts)
        return self.socket.recv_multipart()[-1]

    def ask(self, request: pb.Request) -> pb.Reply:
        return pb.Reply.FromString(self.exchange(request.SerializeToString()))

    def say(self, text: str, request: pb.Request | None = None) -> pb.Reply:
        """Send what stands on the page in protobuf's text format."""
        said = pb.Request() if request is None else request
        return self.ask(text_format.Merge(text, said))

    def open(self, text: str = "") -> pb.Opened:
        reply = self.say(f"open {{{text}}}", usual_open())
        assert reply.HasField("opened"), reply
        return reply.opened

    def close_session(self, token: bytes, sequence: int) -> None:
        self.ask(pb.Request(sequence=sequence, session=token, close=pb.Close()))


@pytest.fixture
def agent(endpoint: str) -> Iterator[Agent]:
    agent = Agent(endpoint)
    yield agent
    agent.close()


def usual_open() -> pb.Request:
    """Return the open of the page's examples."""
    wanted = pb.Open(task="rdm_fixed", lane_count=2, restart_rule=pb.RESTART_RULE_DISABLED)
    return pb.Request(sequence=1, open=wanted)


def outcome(reply: pb.Reply) -> str:
    """Return a reply's body as the page names it, or the code it was refused with."""
    if reply.HasField("refusal"):
        return pb.Code.Name(reply.refusal.code).removeprefix("CODE_")
    return str(reply.WhichOneof("body"))


# MARK: what the schema has


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_told_field_by_field(name: str) -> None:
    fields = MESSAGES[name].fields
    if not fields:
        assert f"**`{name}`**" in PAGE
        return
    told = [(row[0].strip("`"), int(row[1]), row[2]) for row in table_of(name)]
    assert told == [(field.name, field.number, type_name(field)) for field in fields]


@pytest.mark.parametrize("name", ENUMS)
def test_every_value_of_an_enumeration_is_told(name: str) -> None:
    told = [(row[0].strip("`"), int(row[1])) for row in table_of(name)]
    assert told == [(value.name, value.number) for value in ENUMS[name].values]


def test_nothing_is_told_that_the_schema_has_not() -> None:
    told = set(re.findall(r"\*\*`([A-Z]\w+)`\*\*", PAGE))
    assert told == {*MESSAGES, *ENUMS}


def test_the_sums_of_stages_are_those_of_their_names() -> None:
    for row in rows(PAGE[PAGE.index("These sums there are") :]):
        names = re.findall(r"[A-Z]{4,}", row[1])
        if row[0] == "13, 21":
            continue  # The same as the rows above, and FIRST.
        assert int(row[0]) == sum(pb.Stage.Value(f"STAGE_{name}") for name in names)


def test_every_link_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}
    assert len(anchors) == len(headings), "two sections have the same name"
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        else:
            assert (ROOT / "docs" / target).exists(), target


# MARK: what the server says of itself


def test_the_limits_are_the_servers(agent: Agent) -> None:
    limits = agent.say("hello {major: 1}").welcome.limits
    told = {row[0].strip("`"): int(row[3].replace(",", "")) for row in table_of("Limits")}
    assert told == {field.name: value for field, value in limits.ListFields()}


# MARK: what may follow what


def numbered(text: str, token: bytes, sequence: int) -> pb.Request:
    return text_format.Merge(text, pb.Request(session=token, sequence=sequence))


@pytest.mark.parametrize("row", rows(PAGE[PAGE.index("A session is in one of three") :])[:-1])
@pytest.mark.parametrize("state", ["gone", "new", "under way"])
def test_a_session_does_in_each_state_what_its_table_says(
    agent: Agent, row: list[str], state: str
) -> None:
    cell = row[1 + ["gone", "new", "under way"].index(state)]
    if cell == "there is none":
        return
    expected, then = re.findall(r"`(\w+)`", cell)[0], re.split("[;,] ", cell)[-1]
    kinds, which = row[0].rsplit(", ", 1)
    last = 1 if state == "under way" else 0
    number = {"the next number": last + 1, "the last number": last}.get(which, last + 2)
    for kind in re.findall(r"`(\w+)`", kinds):
        token = agent.open().session
        if state == "gone":
            agent.close_session(token, 1)
        shown = agent.ask(numbered("begin {}", token, 1)) if last else None
        body = {"step": r'step {choices: "\000\000"}'}.get(kind, f"{kind} {{}}")
        reply = agent.ask(numbered(body, token, number))
        assert outcome(reply) == expected
        if then == "the same again":
            assert reply == shown
        # What state that has left it in shows in what is next.
        is_gone = state == "gone" or then == "no such session"
        following = last + (2 if expected == "frame" and then != "the same again" else 1)
        after = agent.ask(numbered("begin {}", token, following))
        assert outcome(after) == ("UNKNOWN_SESSION" if is_gone else "frame")
        agent.close_session(token, following + 1)


def test_the_reply_to_each_kind_of_request_is_the_one_of_the_table(agent: Agent) -> None:
    token = agent.open().session
    bodies = {
        "hello": "hello {major: 1}",
        "describe": 'describe {task: "rdm_rt"}',
        "step": r'step {choices: "\000\000"}',
    }
    numbers = {"begin": 1, "step": 2, "close": 3}
    kinds = [
        (row[0].strip("`"), re.findall(r"`(\w+)`", row[2])[0])
        for row in rows(section("What may follow what"))
    ]
    assert {kind for kind, _ in kinds} == {f.name for f in MESSAGES["Request"].fields[2:]}
    for kind, expected in kinds:
        if kind == "open":
            agent.close_session(agent.open().session, 1)
            continue
        request = numbered(bodies.get(kind, f"{kind} {{}}"), token, numbers.get(kind, 9))
        assert outcome(agent.ask(request)) == expected


@pytest.mark.parametrize("rule", ["NEXT_STEP", "SAME_STEP", "DISABLED"])
def test_a_restart_rule_goes_as_pictured(agent: Agent, rule: str) -> None:
    text = section("Restart rules")
    picture = indented_blocks(text[text.index(f"\n`{rule}`: ") :])[0]
    lines = {line.split()[0]: line.split()[1:] for line in picture.splitlines()}
    token = agent.open(f"lane_count: 1 restart_rule: RESTART_RULE_{rule}").session
    sums = []
    rewards = []
    for place, kind in enumerate(lines["request"]):
        # The third action of the picture ends the trial: an answer during fixation is an abort.
        choice = r"\001" if place == 3 else r"\000"
        body = "begin {}" if kind == "begin" else f'step {{choices: "{choice}"}}'
        frame = agent.ask(numbered(body, token, place + 1)).frame
        sums += list(frame.stages)
        rewards.append(float(np.frombuffer(frame.rewards, "<f4")[0]))
        assert frame.HasField("ended") == (place == 3)
        assert bool(frame.ended.final_observations) == (place == 3 and rule == "SAME_STEP")
    assert [str(stage) for stage in sums] == lines["sum"]
    assert [place for place, reward in enumerate(rewards) if reward] == [3]
    agent.close_session(token, len(sums) + 1)


# MARK: conversations in pictures


def test_a_lost_reply_comes_again_over_another_socket(agent: Agent) -> None:
    token = agent.open().session
    agent.ask(numbered("begin {}", token, 1))
    step = numbered(r'step {choices: "\000\001"}', token, 2)
    first = agent.ask(step)
    before = agent.say("status {}").status.lane_steps
    agent.socket = agent.connect()
    assert agent.ask(step) == first
    assert agent.say("status {}").status.lane_steps == before
    assert outcome(agent.ask(numbered(r'step {choices: "\000\000"}', token, 3))) == "frame"
    agent.close_session(token, 4)


def test_a_lost_session_is_played_again_as_pictured(agent: Agent) -> None:
    steps = [r'step {choices: "\000\000"}', r'step {choices: "\000\002"}']
    last = r'step {choices: "\001\000"}'
    lost, kept = agent.open("seed: 97").session, agent.open("seed: 97").session
    for token in (lost, kept):
        for place, body in enumerate(["begin {}", *steps]):
            agent.ask(numbered(body, token, place + 1))
    expected = agent.ask(numbered(last, kept, 4))
    agent.close_session(lost, 4)
    assert outcome(agent.ask(numbered(last, lost, 4))) == "UNKNOWN_SESSION"
    again = agent.open("seed: 97").session
    begin = pb.Request(sequence=1, session=again)
    begin.begin.trials = np.zeros(2, "<u8").tobytes()
    agent.ask(begin)
    for place, body in enumerate(steps):
        agent.ask(numbered(body, again, place + 2))
    assert agent.ask(numbered(last, again, 4)) == expected
    for token, number in ((kept, 5), (again, 5)):
        agent.close_session(token, number)


def test_groups_of_lanes_play_what_one_session_plays(agent: Agent) -> None:
    whole = agent.open("seed: 97 lane_count: 4").session
    halves = [agent.open(f"seed: 97 first_lane: {lane}").session for lane in (0, 2)]
    for token in (whole, *halves):
        agent.ask(numbered("begin {}", token, 1))
    # As far as into the motion, whose noise is drawn for each lane.
    for number in range(2, 80):
        frames = [
            agent.ask(numbered(rf'step {{choices: "{lanes}"}}', token, number)).frame
            for token, lanes in zip(
                (whole, *halves), (r"\0" * 4, r"\0" * 2, r"\0" * 2), strict=True
            )
        ]
        assert frames[0].observations == frames[1].observations + frames[2].observations
    for token in (whole, *halves):
        agent.close_session(token, 80)


def test_several_steps_at_once_go_as_pictured(agent: Agent) -> None:
    token = agent.open("lane_count: 1 look_ahead: 2").session
    bodies = ["begin {}", r'step {choices: "\000\000"}', r'step {choices: "\001\000"}']
    frames = [agent.ask(numbered(body, token, n + 1)).frame for n, body in enumerate(bodies)]
    first, middle = pb.STAGE_FIRST, pb.STAGE_MIDDLE
    end = pb.STAGE_LAST | pb.STAGE_TERMINATED
    assert [list(frame.stages) for frame in frames] == [
        [first, first],
        [middle, middle],
        [end, pb.STAGE_IDLE],
    ]
    assert np.frombuffer(frames[2].rewards, "<f4").tolist() == [-1, 0]
    assert not np.frombuffer(frames[2].observations, "<f4").any()
    agent.close_session(token, 4)


# MARK: envelopes


def test_envelopes_come_back_as_they_came(agent: Agent) -> None:
    request = pb.Request(sequence=4, status=pb.Status()).SerializeToString()
    for parts in ([], [b"a", b"b"], [b""], [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]):
        agent.socket.send_multipart([*parts, request])
        reply = agent.socket.recv_multipart()
        assert reply[:-1] == parts
        assert pb.Reply.FromString(reply[-1]).HasField("status")
    plain = agent.connect(zmq.REQ)
    plain.send(request)
    assert pb.Reply.FromString(plain.recv()).sequence == 4


# MARK: refusals

CODES = [name.removeprefix("CODE_") for name in pb.Code.keys()][1:]  # noqa: SIM118


def refusals() -> list[tuple[str, str, str]]:
    """Return the code, the sentence and the example of every refusal on the page."""
    told = []
    for code in CODES:
        text = section(code)
        for item in re.findall(r"^- (.*\n(?: {2}.*\n)*)", text + "\n", re.MULTILINE):
            found = re.fullmatch(r"`([^`]*)` (.*)", " ".join(item.split()))
            assert found, f"{item!r} is no sentence with an example"
            told.append((code, found[1], found[2]))
    return told


def many_steps() -> bytes:
    """Return an open of a megabyte that would unfold to a hundred."""
    replay = pb.Replay(steps=[pb.Step() for _ in range(500_000)])
    return pb.Request(open=pb.Open(replay=replay)).SerializeToString()


def open_with(**fields: Any) -> bytes:
    request = usual_open()
    request.open.MergeFrom(pb.Open(**fields))
    return request.SerializeToString()


IN_WORDS: dict[str, Callable[[], bytes]] = {
    "67,108,865 bytes": lambda: bytes(67_108_865),
    "half a million empty steps in `open.replay`": many_steps,
    "a name of 257 bytes": lambda: open_with(task="x" * 257),
    "a key of 65 bytes": lambda: open_with(key=bytes(65)),
    "257 settings": lambda: open_with(settings=[pb.Setting(name="noise", value=[1])] * 257),
    "a setting of 257 numbers": lambda: open_with(
        settings=[pb.Setting(name="coherences", value=[1] * 257)]
    ),
}

NOT_ASKED = {
    # No task of today's is like that.
    "look-ahead 2 is not to be had: what TASK shows depends on actions; ask for 1",
    # Takes a million lanes.
    "the sessions of this server hold all the lanes or frames it is willing to; "
    "close one, ask for less, or try again later",
    # Takes a mistake that nobody has found.
    "something broke in the server: ERROR",
}


@pytest.mark.parametrize(("code", "sentence", "example"), refusals())
def test_a_sentence_is_uttered_for_its_example(
    agent: Agent, code: str, sentence: str, example: str
) -> None:
    can_retry = "`can_retry` is true" in example
    if sentence in NOT_ASKED:
        assert re.match("where |when ", example)
        return
    if example.startswith("to one session more"):
        reply = one_session_more(agent)
    elif example.startswith("to eight parts"):
        parts = [b"part"] * 8 + [pb.Request(status=pb.Status()).SerializeToString()]
        reply = pb.Reply.FromString(agent.exchange(*parts))
    elif spelled := re.match(r"to the bytes `([0-9A-F ]+)`", example):
        reply = pb.Reply.FromString(agent.exchange(bytes.fromhex(spelled[1])))
    elif spoken := re.match(
        r"to `(\d+ )?([^`]+)`( in a new session| in a session (?:of `\w+` )?under way)?", example
    ):
        reply = speak(agent, spoken[1], spoken[2], spoken[3])
    else:
        words = re.split(r"[;:]|\.(?= |$)", example.removeprefix("to "))[0]
        reply = pb.Reply.FromString(agent.exchange(IN_WORDS[words]()))
    assert outcome(reply) == code
    if sentence.endswith(ELIDED):
        assert reply.refusal.sentence.startswith(sentence.removesuffix(ELIDED))
    else:
        assert reply.refusal.sentence == sentence
    assert reply.refusal.can_retry == can_retry


def speak(agent: Agent, number: str | None, text: str, session: str | None) -> pb.Reply:
    """Say what an example says, in the session it says it in."""
    if number is None:
        assert session is None
        return agent.say(text, usual_open() if text.startswith("open") else None)
    assert session is not None, "a numbered request belongs to a session"
    named = re.search(r"of `(\w+)`", session)
    token, carried_out = agent.open(f'task: "{named[1]}"' if named else "").session, 0
    if "under way" in session:
        carried_out = 1
        assert outcome(agent.ask(numbered("begin {}", token, 1))) == "frame"
    reply = agent.ask(numbered(text, token, int(number)))
    agent.close_session(token, carried_out + 1)
    return reply


def one_session_more(agent: Agent) -> pb.Reply:
    tokens = []
    while True:
        reply = agent.ask(usual_open())
        if reply.HasField("refusal"):
            break
        tokens.append(reply.opened.session)
    for token in tokens:
        agent.close_session(token, 1)
    return reply


def test_every_code_but_one_is_provoked() -> None:
    assert {code for code, sentence, _ in refusals() if sentence not in NOT_ASKED} == set(CODES) - {
        "INTERNAL"
    }
    assert {sentence for _, sentence, _ in refusals()} >= NOT_ASKED


# MARK: bytes

TOKEN = "T T"


def messages_in_bytes() -> list[tuple[str, str, list[str]]]:
    """Return the messages of the exchange: who speaks, which message it is, and its bytes."""
    messages: list[tuple[str, str, list[str]]] = []
    for block in indented_blocks(section("An exchange in bytes")):
        head = re.match(r" {4}([→←]) (\w+)\n", block)
        if head:
            messages.append((head[1], head[2], spelled_bytes(block[head.end() :])))
    return messages


def spelled_bytes(block: str) -> list[str]:
    """Return the bytes of a block, a token each; what follows two spaces is a comment."""
    tokens: list[str] = []
    for line in block.splitlines():
        tokens += re.split(r" {2,}", line.strip())[0].replace(TOKEN, "T").split(" ")
    return tokens


def as_bytes(tokens: list[str], token: bytes) -> bytes:
    return b"".join(token if part == "T" else bytes.fromhex(part) for part in tokens)


def as_pattern(tokens: list[str], token: bytes | None) -> bytes:
    """Return what matches the bytes of a message and nothing else."""
    parts = {ELIDED: b".*?", "T": re.escape(token) if token else b"(?P<token>.{16})"}
    return b"".join(parts.get(part) or re.escape(bytes.fromhex(part)) for part in tokens)


def test_an_exchange_has_the_bytes_that_are_printed(agent: Agent) -> None:
    messages = messages_in_bytes()
    names = [f"{arrow} {name}" for arrow, name, _ in messages]
    assert names == [
        *("→ hello", "← welcome", "→ open", "← opened", "→ begin", "← frame"),
        *("→ step", "← frame", "→ close", "← closed"),
    ]
    token: bytes | None = None
    for (_, request, asked), (_, reply, answered) in zip(
        messages[::2], messages[1::2], strict=True
    ):
        message = as_bytes(asked, token or b"")
        said = pb.Request.FromString(message)
        assert said.WhichOneof("body") == request
        assert said.SerializeToString() == message
        came = agent.exchange(message)
        assert pb.Reply.FromString(came).WhichOneof("body") == reply
        found = re.fullmatch(as_pattern(answered, token), came, re.DOTALL)
        assert found, f"{reply} has the bytes {came.hex(' ').upper()}"
        token = token or found.groupdict().get("token")


def test_the_smaller_frame_is_what_it_says() -> None:
    text = section("An exchange in bytes")
    block = indented_blocks(text[text.index("A smaller frame") :])[0]
    message = as_bytes(spelled_bytes(block), b"")
    reply = pb.Reply.FromString(message)
    assert reply.SerializeToString() == message
    frame, ended = reply.frame, reply.frame.ended
    assert np.frombuffer(frame.observations, "<f4").tolist() == [1, 0.5]
    assert np.frombuffer(frame.rewards, "<f4").tolist() == [0, -1]
    assert list(frame.stages) == [pb.STAGE_MIDDLE, pb.STAGE_LAST | pb.STAGE_TERMINATED]
    assert np.frombuffer(ended.trials, "<u8").tolist() == [258]
    assert list(ended.endings) == [pb.ENDING_ABORT]
    assert np.frombuffer(ended.facts, "<f4").tolist() == [2]


# MARK: seeds


def recipe() -> dict[str, Any]:
    """Return what the page's code for seeds defines."""
    (code,) = code_blocks(section("Which trials are played"))
    names: dict[str, Any] = {}
    exec(compile(code, "docs/protocol.md", "exec"), names)
    return names


def test_the_numbers_to_check_by_are_those_of_the_recipe() -> None:
    names = recipe()
    told = {row[0]: row[1] for row in rows(section("Which trials are played"))}
    for name in ("condition", "trial", "stimulus noise"):
        assert int(told[f'`stream("{name}")`'], 16) == names["stream"](name)
    first = next(value for what, value in told.items() if what.startswith("the first word"))
    assert int(first, 16) == int(names["words"](97, "condition", 0, 0).random_raw())
    assert int(first, 16) * 10 >> 64 == 8
    for what, lane in (("the conditions of trials 0 to 3 of lane 0", 0), ("of lane 1", 1)):
        drawn = [names["condition"](97, lane, trial, 10) for trial in range(4)]
        assert told[what] == ", ".join(map(str, drawn))


def test_the_words_come_out_without_numpy() -> None:
    text = section("Which trials are played")
    block = next(block for block in indented_blocks(text) if "hi₀, lo₀" in block)
    m0, m1, w0, w1 = (int(number, 16) for number in re.findall(r"0x[0-9A-F]{16}", block))
    names = recipe()
    expected = names["words"](97, "stimulus noise", 5, 3, 75).random_raw(8).tolist()
    words: list[int] = []
    for number in (1, 2):
        c, k = [number, 75, 3, 5], [97, names["stream"]("stimulus noise")]
        for _ in range(10):
            (hi0, lo0), (hi1, lo1) = divmod(m0 * c[0], 2**64), divmod(m1 * c[2], 2**64)
            c = [hi1 ^ c[1] ^ k[0], lo1, hi0 ^ c[3] ^ k[1], lo0]
            k = [(k[0] + w0) % 2**64, (k[1] + w1) % 2**64]
        words += c
    assert words == expected


def test_the_server_draws_conditions_by_the_recipe(agent: Agent) -> None:
    condition = recipe()["condition"]
    for seed, first_lane in ((97, 0), (0, 5), (2**64 - 1, 2**63)):
        opened = agent.open(f"seed: {seed} first_lane: {first_lane} lane_count: 50")
        count = len(opened.task.conditions)
        agent.ask(numbered("begin {}", opened.session, 1))
        request = pb.Request(session=opened.session, sequence=2)
        request.step.choices = bytes([1]) * 50
        ended = agent.ask(request).frame.ended
        drawn = [condition(seed, first_lane + lane, 0, count) for lane in range(50)]
        assert np.frombuffer(ended.conditions, "<u4").tolist() == drawn
        agent.close_session(opened.session, 3)


def test_the_trial_that_is_told_of_is_played(agent: Agent) -> None:
    text = " ".join(section("Which trials are played").split())
    said = re.search(r"shown for (\d+) ms, .* at step (\d+), is \(([^)]*)\)", text)
    assert said
    opened = agent.open("seed: 97 lane_count: 1")
    agent.ask(numbered("begin {}", opened.session, 1))
    step = 0
    while step < int(said[2]):
        step += 1
        request = numbered(r'step {choices: "\000"}', opened.session, step + 1)
        frame = agent.ask(request).frame
    seen = np.frombuffer(frame.observations, "<f4")
    assert ", ".join(f"{number:.7g}" for number in seen) == said[3]
    ended = agent.ask(numbered(r'step {choices: "\001"}', opened.session, step + 2)).frame.ended
    facts = dict(
        zip((f.name for f in opened.task.facts), np.frombuffer(ended.facts, "<f4"), strict=True)
    )
    assert facts["stimulusDuration"] == float(said[1])
    assert (facts["direction"], round(float(facts["coherence"]), 1)) == (-1, 51.2)
    agent.close_session(opened.session, step + 3)


# MARK: the client


def test_the_client_runs_as_it_is_printed(endpoint: str, tmp_path: Path) -> None:
    text = section("A client on one page")
    (code,) = code_blocks(text)
    program = tmp_path / "client.py"
    program.write_text(code, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, program, endpoint], capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == ""
    assert ran.stdout.strip() == indented_blocks(text)[-1].strip()


def test_the_client_says_so_where_nobody_is(tmp_path: Path) -> None:
    (code,) = code_blocks(section("A client on one page"))
    program = tmp_path / "client.py"
    program.write_text(code.replace(", 1000, 1000", ", 20, 20"), encoding="utf-8")
    nobody = f"ipc://{tmp_path}/nobody"
    ran = subprocess.run(
        [sys.executable, program, nobody], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 1
    assert ran.stderr.strip() == f"no reply from {nobody}; is a server running there?"
