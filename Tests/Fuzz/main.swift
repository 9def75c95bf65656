// One line, because closures formed in the main file trap on other threads.
runFuzzer()
