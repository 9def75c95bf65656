#include "clones.h"

#pragma clang fp contract(fast)

FOR_EACH_LEVEL
void operant_adam(size_t count, float scale, float step, float beta1, float beta2, float epsilon,
                  const float *restrict gradient, float *restrict first_moment,
                  float *restrict second_moment, float *restrict parameters) {
    for (size_t i = 0; i < count; i++) {
        const float g = scale * gradient[i];
        const float m = beta1 * first_moment[i] + (1 - beta1) * g;
        const float v = beta2 * second_moment[i] + (1 - beta2) * g * g;
        first_moment[i] = m;
        second_moment[i] = v;
        parameters[i] -= step * m / (__builtin_sqrtf(v) + epsilon);
    }
}

FOR_EACH_LEVEL
double operant_sum_of_squares(size_t count, const float *values) {
    // Sixteen sums side by side: an order that every level can keep and still vectorise.
    double sums[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (size_t j = 0; j < 16; j++) sums[j] += (double)values[i + j] * values[i + j];
    }
    for (; i < count; i++) sums[i % 16] += (double)values[i] * values[i];
    double total = 0;
    for (size_t j = 0; j < 16; j++) total += sums[j];
    return total;
}
