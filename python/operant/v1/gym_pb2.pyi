from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

CODE_BAD_ACTION: Code
CODE_BAD_SETTING: Code
CODE_INTERNAL: Code
CODE_LIMIT: Code
CODE_MALFORMED: Code
CODE_NOTHING_BEGUN: Code
CODE_OUT_OF_RANGE: Code
CODE_SEQUENCE: Code
CODE_UNKNOWN_PRESET: Code
CODE_UNKNOWN_SESSION: Code
CODE_UNKNOWN_TASK: Code
CODE_UNSPECIFIED: Code
CODE_UNSUPPORTED: Code
CODE_VERSION: Code
DESCRIPTOR: _descriptor.FileDescriptor
ELIGIBILITY_CUBIC: Eligibility
ELIGIBILITY_EXPLORATORY: Eligibility
ELIGIBILITY_IDENTITY: Eligibility
ELIGIBILITY_NODE_PERTURBATION: Eligibility
ELIGIBILITY_POST_CUBIC: Eligibility
ELIGIBILITY_SIGNED_ROOT: Eligibility
ELIGIBILITY_SIGNED_SQUARE: Eligibility
ELIGIBILITY_UNSPECIFIED: Eligibility
ENDING_ABORT: Ending
ENDING_COMPLETED: Ending
ENDING_CORRECT: Ending
ENDING_ERROR: Ending
ENDING_MISS: Ending
ENDING_TRUNCATED: Ending
ENDING_UNSPECIFIED: Ending
PERTURBATION_SHAPE_NORMAL: PerturbationShape
PERTURBATION_SHAPE_UNIFORM: PerturbationShape
PERTURBATION_SHAPE_UNSPECIFIED: PerturbationShape
RATE_RESPONSE_EXCITATORY_INHIBITORY: RateResponse
RATE_RESPONSE_TANH: RateResponse
RATE_RESPONSE_UNSPECIFIED: RateResponse
RESTART_RULE_DISABLED: RestartRule
RESTART_RULE_NEXT_STEP: RestartRule
RESTART_RULE_SAME_STEP: RestartRule
RESTART_RULE_UNSPECIFIED: RestartRule
STAGE_FIRST: Stage
STAGE_IDLE: Stage
STAGE_LAST: Stage
STAGE_MIDDLE: Stage
STAGE_TERMINATED: Stage
STAGE_TRUNCATED: Stage
STAGE_UNSPECIFIED: Stage

class Alias(_message.Message):
    __slots__ = ["name", "preset"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PRESET_FIELD_NUMBER: _ClassVar[int]
    name: str
    preset: str
    def __init__(self, name: _Optional[str] = ..., preset: _Optional[str] = ...) -> None: ...

class Begin(_message.Message):
    __slots__ = ["conditions", "lanes", "trials"]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    conditions: bytes
    lanes: bytes
    trials: bytes
    def __init__(self, lanes: _Optional[bytes] = ..., trials: _Optional[bytes] = ..., conditions: _Optional[bytes] = ...) -> None: ...

class CatalogueEntry(_message.Message):
    __slots__ = ["aliases", "name", "summary"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    aliases: _containers.RepeatedScalarFieldContainer[str]
    name: str
    summary: str
    def __init__(self, name: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., summary: _Optional[str] = ...) -> None: ...

class Channel(_message.Message):
    __slots__ = ["name", "width"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    name: str
    width: int
    def __init__(self, name: _Optional[str] = ..., width: _Optional[int] = ...) -> None: ...

class Close(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Closed(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Condition(_message.Message):
    __slots__ = ["factors"]
    FACTORS_FIELD_NUMBER: _ClassVar[int]
    factors: _containers.RepeatedCompositeFieldContainer[Factor]
    def __init__(self, factors: _Optional[_Iterable[_Union[Factor, _Mapping]]] = ...) -> None: ...

class ContinuousActions(_message.Message):
    __slots__ = ["high", "low", "width"]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    high: float
    low: float
    width: int
    def __init__(self, width: _Optional[int] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Describe(_message.Message):
    __slots__ = ["task"]
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: str
    def __init__(self, task: _Optional[str] = ...) -> None: ...

class DiscreteActions(_message.Message):
    __slots__ = ["names"]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class EndedTrials(_message.Message):
    __slots__ = ["choices", "conditions", "endings", "facts", "final_observations", "lanes", "step_counts", "trials"]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    ENDINGS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    FINAL_OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNTS_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    choices: bytes
    conditions: bytes
    endings: bytes
    facts: bytes
    final_observations: bytes
    lanes: bytes
    step_counts: bytes
    trials: bytes
    def __init__(self, lanes: _Optional[bytes] = ..., trials: _Optional[bytes] = ..., conditions: _Optional[bytes] = ..., endings: _Optional[bytes] = ..., choices: _Optional[bytes] = ..., step_counts: _Optional[bytes] = ..., facts: _Optional[bytes] = ..., final_observations: _Optional[bytes] = ...) -> None: ...

class Fact(_message.Message):
    __slots__ = ["meaning", "name", "unit"]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    meaning: str
    name: str
    unit: str
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ..., meaning: _Optional[str] = ...) -> None: ...

class Factor(_message.Message):
    __slots__ = ["name", "value"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...

class Frame(_message.Message):
    __slots__ = ["ended", "ideal_actions", "observations", "rewards", "stages"]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    IDEAL_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    REWARDS_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    ended: EndedTrials
    ideal_actions: bytes
    observations: bytes
    rewards: bytes
    stages: bytes
    def __init__(self, observations: _Optional[bytes] = ..., rewards: _Optional[bytes] = ..., stages: _Optional[bytes] = ..., ended: _Optional[_Union[EndedTrials, _Mapping]] = ..., ideal_actions: _Optional[bytes] = ...) -> None: ...

class HeldUnit(_message.Message):
    __slots__ = ["current", "unit"]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    current: float
    unit: int
    def __init__(self, unit: _Optional[int] = ..., current: _Optional[float] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ["major", "minor", "software"]
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    major: int
    minor: int
    software: str
    def __init__(self, major: _Optional[int] = ..., minor: _Optional[int] = ..., software: _Optional[str] = ...) -> None: ...

class InputMask(_message.Message):
    __slots__ = ["channels", "first_unit", "unit_count"]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    FIRST_UNIT_FIELD_NUMBER: _ClassVar[int]
    UNIT_COUNT_FIELD_NUMBER: _ClassVar[int]
    channels: _containers.RepeatedScalarFieldContainer[str]
    first_unit: int
    unit_count: int
    def __init__(self, channels: _Optional[_Iterable[str]] = ..., first_unit: _Optional[int] = ..., unit_count: _Optional[int] = ...) -> None: ...

class Latency(_message.Message):
    __slots__ = ["median_us", "slow_us", "sum_us"]
    MEDIAN_US_FIELD_NUMBER: _ClassVar[int]
    SLOW_US_FIELD_NUMBER: _ClassVar[int]
    SUM_US_FIELD_NUMBER: _ClassVar[int]
    median_us: int
    slow_us: int
    sum_us: int
    def __init__(self, sum_us: _Optional[int] = ..., median_us: _Optional[int] = ..., slow_us: _Optional[int] = ...) -> None: ...

class Level(_message.Message):
    __slots__ = ["value"]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    value: float
    def __init__(self, value: _Optional[float] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ["frame_numbers", "lanes_per_session", "longest_lease_ms", "look_ahead", "message_bytes", "name_bytes", "sessions"]
    FRAME_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    LANES_PER_SESSION_FIELD_NUMBER: _ClassVar[int]
    LONGEST_LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    LOOK_AHEAD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    NAME_BYTES_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    frame_numbers: int
    lanes_per_session: int
    longest_lease_ms: int
    look_ahead: int
    message_bytes: int
    name_bytes: int
    sessions: int
    def __init__(self, message_bytes: _Optional[int] = ..., lanes_per_session: _Optional[int] = ..., sessions: _Optional[int] = ..., name_bytes: _Optional[int] = ..., look_ahead: _Optional[int] = ..., longest_lease_ms: _Optional[int] = ..., frame_numbers: _Optional[int] = ...) -> None: ...

class LocalRule(_message.Message):
    __slots__ = ["change_limit", "current_memory", "eligibility", "error_memory", "error_to_reach", "held_units", "learning_rate", "perturbation_shape", "perturbation_size", "rectified_units", "response", "trial_limit", "trials_before_learning", "units", "units_without_input"]
    CHANGE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    CURRENT_MEMORY_FIELD_NUMBER: _ClassVar[int]
    ELIGIBILITY_FIELD_NUMBER: _ClassVar[int]
    ERROR_MEMORY_FIELD_NUMBER: _ClassVar[int]
    ERROR_TO_REACH_FIELD_NUMBER: _ClassVar[int]
    HELD_UNITS_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    PERTURBATION_SHAPE_FIELD_NUMBER: _ClassVar[int]
    PERTURBATION_SIZE_FIELD_NUMBER: _ClassVar[int]
    RECTIFIED_UNITS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    TRIALS_BEFORE_LEARNING_FIELD_NUMBER: _ClassVar[int]
    TRIAL_LIMIT_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    UNITS_WITHOUT_INPUT_FIELD_NUMBER: _ClassVar[int]
    change_limit: float
    current_memory: float
    eligibility: Eligibility
    error_memory: float
    error_to_reach: float
    held_units: _containers.RepeatedCompositeFieldContainer[HeldUnit]
    learning_rate: float
    perturbation_shape: PerturbationShape
    perturbation_size: float
    rectified_units: int
    response: RateResponse
    trial_limit: int
    trials_before_learning: int
    units: int
    units_without_input: int
    def __init__(self, units: _Optional[int] = ..., response: _Optional[_Union[RateResponse, str]] = ..., rectified_units: _Optional[int] = ..., units_without_input: _Optional[int] = ..., held_units: _Optional[_Iterable[_Union[HeldUnit, _Mapping]]] = ..., perturbation_size: _Optional[float] = ..., perturbation_shape: _Optional[_Union[PerturbationShape, str]] = ..., current_memory: _Optional[float] = ..., eligibility: _Optional[_Union[Eligibility, str]] = ..., learning_rate: _Optional[float] = ..., change_limit: _Optional[float] = ..., error_memory: _Optional[float] = ..., trials_before_learning: _Optional[int] = ..., error_to_reach: _Optional[float] = ..., trial_limit: _Optional[int] = ...) -> None: ...

class Networks(_message.Message):
    __slots__ = ["decision_units", "initial_value", "input_masks", "recurrent_noise", "unit_time_constant_ms", "value_input_gain", "value_units"]
    DECISION_UNITS_FIELD_NUMBER: _ClassVar[int]
    INITIAL_VALUE_FIELD_NUMBER: _ClassVar[int]
    INPUT_MASKS_FIELD_NUMBER: _ClassVar[int]
    RECURRENT_NOISE_FIELD_NUMBER: _ClassVar[int]
    UNIT_TIME_CONSTANT_MS_FIELD_NUMBER: _ClassVar[int]
    VALUE_INPUT_GAIN_FIELD_NUMBER: _ClassVar[int]
    VALUE_UNITS_FIELD_NUMBER: _ClassVar[int]
    decision_units: int
    initial_value: float
    input_masks: _containers.RepeatedCompositeFieldContainer[InputMask]
    recurrent_noise: float
    unit_time_constant_ms: float
    value_input_gain: float
    value_units: int
    def __init__(self, decision_units: _Optional[int] = ..., value_units: _Optional[int] = ..., unit_time_constant_ms: _Optional[float] = ..., recurrent_noise: _Optional[float] = ..., initial_value: _Optional[float] = ..., value_input_gain: _Optional[float] = ..., input_masks: _Optional[_Iterable[_Union[InputMask, _Mapping]]] = ...) -> None: ...

class Open(_message.Message):
    __slots__ = ["first_lane", "key", "lane_count", "lease_ms", "look_ahead", "preset", "replay", "restart_rule", "seed", "settings", "task", "time_step_ms", "with_ideal_actions"]
    FIRST_LANE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    LANE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LEASE_MS_FIELD_NUMBER: _ClassVar[int]
    LOOK_AHEAD_FIELD_NUMBER: _ClassVar[int]
    PRESET_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    RESTART_RULE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    TIME_STEP_MS_FIELD_NUMBER: _ClassVar[int]
    WITH_IDEAL_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    first_lane: int
    key: bytes
    lane_count: int
    lease_ms: int
    look_ahead: int
    preset: str
    replay: Replay
    restart_rule: RestartRule
    seed: int
    settings: _containers.RepeatedCompositeFieldContainer[Setting]
    task: str
    time_step_ms: int
    with_ideal_actions: bool
    def __init__(self, task: _Optional[str] = ..., preset: _Optional[str] = ..., settings: _Optional[_Iterable[_Union[Setting, _Mapping]]] = ..., seed: _Optional[int] = ..., first_lane: _Optional[int] = ..., lane_count: _Optional[int] = ..., time_step_ms: _Optional[int] = ..., restart_rule: _Optional[_Union[RestartRule, str]] = ..., look_ahead: _Optional[int] = ..., lease_ms: _Optional[int] = ..., key: _Optional[bytes] = ..., replay: _Optional[_Union[Replay, _Mapping]] = ..., with_ideal_actions: bool = ...) -> None: ...

class Opened(_message.Message):
    __slots__ = ["observation_size", "options", "session", "step_limit", "task"]
    OBSERVATION_SIZE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    STEP_LIMIT_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    observation_size: int
    options: Open
    session: bytes
    step_limit: int
    task: Task
    def __init__(self, session: _Optional[bytes] = ..., task: _Optional[_Union[Task, _Mapping]] = ..., options: _Optional[_Union[Open, _Mapping]] = ..., observation_size: _Optional[int] = ..., step_limit: _Optional[int] = ...) -> None: ...

class OptOutGoal(_message.Message):
    __slots__ = ["above", "offered_by", "up_to"]
    ABOVE_FIELD_NUMBER: _ClassVar[int]
    OFFERED_BY_FIELD_NUMBER: _ClassVar[int]
    UP_TO_FIELD_NUMBER: _ClassVar[int]
    above: float
    offered_by: str
    up_to: float
    def __init__(self, offered_by: _Optional[str] = ..., above: _Optional[float] = ..., up_to: _Optional[float] = ...) -> None: ...

class Parameter(_message.Message):
    __slots__ = ["default_value", "high", "is_list", "low", "meaning", "name", "unit"]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    IS_LIST_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    MEANING_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    default_value: _containers.RepeatedScalarFieldContainer[float]
    high: float
    is_list: bool
    low: float
    meaning: str
    name: str
    unit: str
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ..., meaning: _Optional[str] = ..., default_value: _Optional[_Iterable[float]] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., is_list: bool = ...) -> None: ...

class Preset(_message.Message):
    __slots__ = ["name", "reference", "settings", "time_step_ms", "training"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    TIME_STEP_MS_FIELD_NUMBER: _ClassVar[int]
    TRAINING_FIELD_NUMBER: _ClassVar[int]
    name: str
    reference: str
    settings: _containers.RepeatedCompositeFieldContainer[Setting]
    time_step_ms: int
    training: Training
    def __init__(self, name: _Optional[str] = ..., reference: _Optional[str] = ..., time_step_ms: _Optional[int] = ..., settings: _Optional[_Iterable[_Union[Setting, _Mapping]]] = ..., training: _Optional[_Union[Training, _Mapping]] = ...) -> None: ...

class RecentRewardGoal(_message.Message):
    __slots__ = ["reward", "trials"]
    REWARD_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    reward: float
    trials: int
    def __init__(self, trials: _Optional[int] = ..., reward: _Optional[float] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ["can_retry", "code", "sentence"]
    CAN_RETRY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    can_retry: bool
    code: Code
    sentence: str
    def __init__(self, code: _Optional[_Union[Code, str]] = ..., sentence: _Optional[str] = ..., can_retry: bool = ...) -> None: ...

class Replay(_message.Message):
    __slots__ = ["begin", "steps"]
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    begin: Begin
    steps: _containers.RepeatedCompositeFieldContainer[Step]
    def __init__(self, begin: _Optional[_Union[Begin, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[Step, _Mapping]]] = ...) -> None: ...

class Reply(_message.Message):
    __slots__ = ["closed", "frame", "opened", "refusal", "sequence", "status", "task", "welcome"]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    OPENED_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    closed: Closed
    frame: Frame
    opened: Opened
    refusal: Refusal
    sequence: int
    status: ServerStatus
    task: Task
    welcome: Welcome
    def __init__(self, sequence: _Optional[int] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., task: _Optional[_Union[Task, _Mapping]] = ..., opened: _Optional[_Union[Opened, _Mapping]] = ..., frame: _Optional[_Union[Frame, _Mapping]] = ..., closed: _Optional[_Union[Closed, _Mapping]] = ..., status: _Optional[_Union[ServerStatus, _Mapping]] = ..., refusal: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class Request(_message.Message):
    __slots__ = ["begin", "close", "describe", "hello", "open", "sequence", "session", "status", "step"]
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    DESCRIBE_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    begin: Begin
    close: Close
    describe: Describe
    hello: Hello
    open: Open
    sequence: int
    session: bytes
    status: Status
    step: Step
    def __init__(self, sequence: _Optional[int] = ..., session: _Optional[bytes] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., describe: _Optional[_Union[Describe, _Mapping]] = ..., open: _Optional[_Union[Open, _Mapping]] = ..., begin: _Optional[_Union[Begin, _Mapping]] = ..., step: _Optional[_Union[Step, _Mapping]] = ..., close: _Optional[_Union[Close, _Mapping]] = ..., status: _Optional[_Union[Status, _Mapping]] = ...) -> None: ...

class ServerStatus(_message.Message):
    __slots__ = ["is_stepping", "lane_steps", "latency", "refusals", "rejected_peers", "requests", "sessions", "software", "trials", "uptime_ms"]
    IS_STEPPING_FIELD_NUMBER: _ClassVar[int]
    LANE_STEPS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    REJECTED_PEERS_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    UPTIME_MS_FIELD_NUMBER: _ClassVar[int]
    is_stepping: bool
    lane_steps: int
    latency: Latency
    refusals: int
    rejected_peers: int
    requests: int
    sessions: int
    software: str
    trials: int
    uptime_ms: int
    def __init__(self, software: _Optional[str] = ..., uptime_ms: _Optional[int] = ..., sessions: _Optional[int] = ..., requests: _Optional[int] = ..., refusals: _Optional[int] = ..., lane_steps: _Optional[int] = ..., trials: _Optional[int] = ..., is_stepping: bool = ..., rejected_peers: _Optional[int] = ..., latency: _Optional[_Union[Latency, _Mapping]] = ...) -> None: ...

class Setting(_message.Message):
    __slots__ = ["name", "value"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., value: _Optional[_Iterable[float]] = ...) -> None: ...

class Status(_message.Message):
    __slots__ = []
    def __init__(self) -> None: ...

class Step(_message.Message):
    __slots__ = ["amounts", "choices"]
    AMOUNTS_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    amounts: bytes
    choices: bytes
    def __init__(self, choices: _Optional[bytes] = ..., amounts: _Optional[bytes] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ["aliases", "allows_look_ahead", "chance", "channels", "conditions", "continuous", "discrete", "epochs", "facts", "ideal_observer", "name", "oracle_reward", "parameters", "presets", "reference", "summary", "time_limit_ms"]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    ALLOWS_LOOK_AHEAD_FIELD_NUMBER: _ClassVar[int]
    CHANCE_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    CONTINUOUS_FIELD_NUMBER: _ClassVar[int]
    DISCRETE_FIELD_NUMBER: _ClassVar[int]
    EPOCHS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    IDEAL_OBSERVER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORACLE_REWARD_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    PRESETS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    TIME_LIMIT_MS_FIELD_NUMBER: _ClassVar[int]
    aliases: _containers.RepeatedCompositeFieldContainer[Alias]
    allows_look_ahead: bool
    chance: Level
    channels: _containers.RepeatedCompositeFieldContainer[Channel]
    conditions: _containers.RepeatedCompositeFieldContainer[Condition]
    continuous: ContinuousActions
    discrete: DiscreteActions
    epochs: _containers.RepeatedScalarFieldContainer[str]
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    ideal_observer: Level
    name: str
    oracle_reward: Level
    parameters: _containers.RepeatedCompositeFieldContainer[Parameter]
    presets: _containers.RepeatedCompositeFieldContainer[Preset]
    reference: str
    summary: str
    time_limit_ms: int
    def __init__(self, name: _Optional[str] = ..., aliases: _Optional[_Iterable[_Union[Alias, _Mapping]]] = ..., summary: _Optional[str] = ..., reference: _Optional[str] = ..., channels: _Optional[_Iterable[_Union[Channel, _Mapping]]] = ..., discrete: _Optional[_Union[DiscreteActions, _Mapping]] = ..., continuous: _Optional[_Union[ContinuousActions, _Mapping]] = ..., epochs: _Optional[_Iterable[str]] = ..., conditions: _Optional[_Iterable[_Union[Condition, _Mapping]]] = ..., parameters: _Optional[_Iterable[_Union[Parameter, _Mapping]]] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., presets: _Optional[_Iterable[_Union[Preset, _Mapping]]] = ..., time_limit_ms: _Optional[int] = ..., allows_look_ahead: bool = ..., chance: _Optional[_Union[Level, _Mapping]] = ..., oracle_reward: _Optional[_Union[Level, _Mapping]] = ..., ideal_observer: _Optional[_Union[Level, _Mapping]] = ...) -> None: ...

class Training(_message.Message):
    __slots__ = ["correct_to_reach", "decisions_to_reach", "learning_rate", "local_rule", "networks", "opt_out", "recent_reward", "reward_time_constant_ms", "trials_per_update", "validation_interval", "validation_trials"]
    CORRECT_TO_REACH_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_TO_REACH_FIELD_NUMBER: _ClassVar[int]
    LEARNING_RATE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_RULE_FIELD_NUMBER: _ClassVar[int]
    NETWORKS_FIELD_NUMBER: _ClassVar[int]
    OPT_OUT_FIELD_NUMBER: _ClassVar[int]
    RECENT_REWARD_FIELD_NUMBER: _ClassVar[int]
    REWARD_TIME_CONSTANT_MS_FIELD_NUMBER: _ClassVar[int]
    TRIALS_PER_UPDATE_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    VALIDATION_TRIALS_FIELD_NUMBER: _ClassVar[int]
    correct_to_reach: float
    decisions_to_reach: float
    learning_rate: float
    local_rule: LocalRule
    networks: Networks
    opt_out: OptOutGoal
    recent_reward: RecentRewardGoal
    reward_time_constant_ms: int
    trials_per_update: int
    validation_interval: int
    validation_trials: int
    def __init__(self, trials_per_update: _Optional[int] = ..., validation_trials: _Optional[int] = ..., validation_interval: _Optional[int] = ..., decisions_to_reach: _Optional[float] = ..., correct_to_reach: _Optional[float] = ..., reward_time_constant_ms: _Optional[int] = ..., learning_rate: _Optional[float] = ..., opt_out: _Optional[_Union[OptOutGoal, _Mapping]] = ..., recent_reward: _Optional[_Union[RecentRewardGoal, _Mapping]] = ..., networks: _Optional[_Union[Networks, _Mapping]] = ..., local_rule: _Optional[_Union[LocalRule, _Mapping]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ["limits", "major", "minor", "software", "tasks"]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MAJOR_FIELD_NUMBER: _ClassVar[int]
    MINOR_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    TASKS_FIELD_NUMBER: _ClassVar[int]
    limits: Limits
    major: int
    minor: int
    software: str
    tasks: _containers.RepeatedCompositeFieldContainer[CatalogueEntry]
    def __init__(self, major: _Optional[int] = ..., minor: _Optional[int] = ..., software: _Optional[str] = ..., tasks: _Optional[_Iterable[_Union[CatalogueEntry, _Mapping]]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class RateResponse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class PerturbationShape(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Eligibility(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class RestartRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Ending(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Code(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
