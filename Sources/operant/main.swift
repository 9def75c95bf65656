print("operant")
