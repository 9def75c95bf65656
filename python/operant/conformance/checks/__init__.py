"""Every check there is, group by group, in the order in which they make sense."""

from operant.conformance.checks import (
    beginning,
    closing,
    counting,
    describing,
    disabled,
    envelopes,
    exactly_once,
    handshake,
    ideal_actions,
    leases,
    limits,
    look_ahead,
    malformed,
    many_sessions,
    next_step,
    opening,
    refusals,
    same_step,
    seeds,
    stepping,
)

GROUPS = [
    module.group
    for module in (
        handshake,
        describing,
        opening,
        beginning,
        stepping,
        closing,
        next_step,
        same_step,
        disabled,
        look_ahead,
        ideal_actions,
        exactly_once,
        refusals,
        malformed,
        envelopes,
        limits,
        seeds,
        leases,
        many_sessions,
        counting,
    )
]
