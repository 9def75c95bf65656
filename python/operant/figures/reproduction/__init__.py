"""What the figures of any reproduced paper share: a command, the tables, sheets of panels."""
