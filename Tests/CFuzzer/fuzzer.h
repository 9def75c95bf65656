// The one function of libFuzzer that a program with a `main` of its own calls.
#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

// Makes up inputs and gives them to `one`, as the arguments say, until it has done enough.
int LLVMFuzzerRunDriver(int *argument_count, char ***arguments,
                        int (*one)(const uint8_t *bytes, size_t count));

#endif
