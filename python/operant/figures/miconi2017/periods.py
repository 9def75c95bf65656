"""What happens when in a trial of the delayed non-match to sample, in ms."""

FIRST = (1.0, 201.0)
SECOND = (400.0, 600.0)
RESPONSE = (800.0, 1000.0)
