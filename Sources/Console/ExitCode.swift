/// How a program ended, as `sysexits.h` numbers it.
public enum ExitCode: Int32, Sendable {
  case success = 0
  /// The command line was wrong.
  case usage = 64
  /// What was read is damaged or makes no sense.
  case data = 65
  /// A file that should be read isn't there.
  case noInput = 66
  /// A server is out of reach, or a port is taken.
  case unavailable = 69
  /// The program itself is at fault.
  case software = 70
  /// A file or folder couldn't be made.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// Trying again later may help.
  case temporary = 75
  /// Somebody may not do that: a key is missing, or others can read it.
  case noPermission = 77
  /// The terminal was closed, as shells report it: 128 + SIGHUP.
  case hungUp = 129
  /// Ctrl-C, as shells report it: 128 + SIGINT.
  case interrupted = 130
  /// SIGTERM, as shells report it: 128 + SIGTERM.
  case terminated = 143
}
