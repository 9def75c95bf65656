// What every kernel file needs.
#ifndef OPERANT_CLONES_H
#define OPERANT_CLONES_H

#include "CKernels.h"

#if defined(__x86_64__)
// Compiled three times; the loader picks the best one that the processor has.
#define FOR_EACH_LEVEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define FOR_EACH_LEVEL
#endif

#define WITHIN static inline __attribute__((always_inline))

#endif
