// eˣ in single precision, made of operations that vectorise.
#ifndef OPERANT_EXPONENTIAL_H
#define OPERANT_EXPONENTIAL_H

#include "clones.h"

#include <string.h>

//     eˣ = 2ⁿ eʸ,  n = round(x / log 2),  |y| ≤ log 2 / 2
//
// The relative error is below 2⁻²². x is held within ±87, where eˣ is a normal number.
WITHIN float exponential(float x) {
    x = x > 87.0f ? 87.0f : (x < -87.0f ? -87.0f : x);
    // Adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
    const float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
    // log 2 in two pieces, the first of which times n is exact.
    const float y = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    float series = 1.0f / 720.0f;
    series = series * y + 1.0f / 120.0f;
    series = series * y + 1.0f / 24.0f;
    series = series * y + 1.0f / 6.0f;
    series = series * y + 0.5f;
    series = series * y + 1.0f;
    series = series * y + 1.0f;
    const int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power * series;
}

WITHIN float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

#endif
