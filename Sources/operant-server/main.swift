import Envs
import Wire

let arguments = CommandLine.arguments
guard arguments.count == 3, arguments[1] == "--bind" else {
  print("usage: operant-server --bind ENDPOINT")
  fatalError()
}
let server = try Server(catalogue: catalogue, endpoint: arguments[2])
print(server.endpoint)
try server.run()
