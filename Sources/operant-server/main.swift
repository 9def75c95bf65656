print("operant-server")
