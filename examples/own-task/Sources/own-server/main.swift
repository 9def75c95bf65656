import Gym
import OwnTask
import Wire

Server.serve(
  Catalogue(.goNoGo),
  at: CommandLine.arguments.dropFirst().first ?? "tcp://127.0.0.1:5555")
