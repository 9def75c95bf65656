// tanh x in single precision, made of operations that vectorise.
#ifndef OPERANT_TANGENT_H
#define OPERANT_TANGENT_H

#include "clones.h"

#include <string.h>

//     tanh |x| = m / (m + 2),   m = e^{2|x|} − 1 = 2ⁿ (eʸ − 1) + (2ⁿ − 1),
//     n = round(2|x| / log 2),  |y| ≤ log 2 / 2
//
// eʸ − 1 is a series without its constant, so nothing is lost where x is small: the relative error
// is below 2⁻²¹ everywhere. From 10 on tanh is 1 in single precision.
WITHIN float hyperbolic_tangent(float x) {
    const float size = __builtin_fabsf(x);
    const float twice = 2.0f * (size < 10.0f ? size : 10.0f);
    // Adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
    const float n = (twice * 1.44269504f + 12582912.0f) - 12582912.0f;
    // log 2 in two pieces, the first of which times n is exact.
    const float y = (twice - n * 0.693359375f) + n * 2.12194440e-4f;
    float series = 1.0f / 5040.0f;
    series = series * y + 1.0f / 720.0f;
    series = series * y + 1.0f / 120.0f;
    series = series * y + 1.0f / 24.0f;
    series = series * y + 1.0f / 6.0f;
    series = series * y + 0.5f;
    series = y + y * y * series;
    const int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    const float m = power * series + (power - 1.0f);
    return __builtin_copysignf(m / (m + 2.0f), x);
}

#endif
