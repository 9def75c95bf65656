// Networks of rate units and the rules that change them. The equations stand in CKernels.h and,
// whole, in Learning/RateNetwork.swift and Learning/HebbianLearner.swift.
#include "tangent.h"

#pragma clang fp contract(fast)

// h ← h + Σⱼ heard[j] · column j.  Eight columns at a time: h is read and written once for all
// eight, and columns that lie behind one another stream from the second-level cache.
WITHIN void add_columns(size_t count, size_t stride, const float *restrict columns,
                        const float *restrict heard, float *restrict h) {
    size_t j = 0;
    for (; j + 8 <= count; j += 8) {
        const float *restrict c = columns + j * stride;
        const float r0 = heard[j], r1 = heard[j + 1], r2 = heard[j + 2], r3 = heard[j + 3];
        const float r4 = heard[j + 4], r5 = heard[j + 5], r6 = heard[j + 6], r7 = heard[j + 7];
        for (size_t i = 0; i < stride; i++) {
            const float first = r0 * c[i] + r1 * c[stride + i] + r2 * c[2 * stride + i] +
                                r3 * c[3 * stride + i];
            const float second = r4 * c[4 * stride + i] + r5 * c[5 * stride + i] +
                                 r6 * c[6 * stride + i] + r7 * c[7 * stride + i];
            h[i] += first + second;
        }
    }
    for (; j < count; j++) {
        const float r = heard[j];
        const float *restrict c = columns + j * stride;
        for (size_t i = 0; i < stride; i++) h[i] += r * c[i];
    }
}

WITHIN void respond(const operant_rate_network *network, const float *restrict x,
                    float *restrict r) {
    const size_t stride = network->stride;
    if (network->response == OPERANT_THRESHOLD_LINEAR) {
        for (size_t i = 0; i < stride; i++) {
            const float above = x[i] + OPERANT_RATE_OFFSET;
            const float positive = above > 0.0f ? above : 0.0f;
            r[i] = positive < OPERANT_RATE_CEILING ? positive : OPERANT_RATE_CEILING;
        }
        return;
    }
    for (size_t i = 0; i < stride; i++) r[i] = hyperbolic_tangent(x[i]);
    for (size_t i = 0; i < network->rectified; i++) r[i] = r[i] > 0.0f ? r[i] : 0.0f;
}

FOR_EACH_LEVEL
void operant_rate_response(const operant_rate_network *network, const float *restrict currents,
                           float *restrict rates) {
    respond(network, currents, rates);
}

FOR_EACH_LEVEL
void operant_rate_steps(const operant_rate_network *network, size_t first, size_t steps,
                        const float *restrict inputs, size_t perturbation_count,
                        const uint32_t *restrict places, const float *restrict sizes,
                        float *restrict currents, float *restrict averages,
                        float *restrict drive, float *restrict rates,
                        float *restrict fluctuations) {
    const size_t stride = network->stride;
    const float leak = network->leak;
    const float memory = network->memory;
    size_t perturbation = 0;
    for (size_t step = first; step < first + steps; step++) {
        const float *restrict before = rates + step * stride;
        for (size_t i = 0; i < stride; i++) drive[i] = 0.0f;
        add_columns(network->units, stride, network->recurrent, before, drive);
        add_columns(network->inputs, stride, network->input,
                    inputs + (step - first) * network->inputs, drive);
        for (; perturbation < perturbation_count &&
               places[perturbation] / network->units == step;
             perturbation++) {
            drive[places[perturbation] % network->units] += sizes[perturbation];
        }
        for (size_t i = 0; i < stride; i++) currents[i] += leak * (drive[i] - currents[i]);
        for (size_t k = 0; k < network->constants; k++) {
            currents[network->constant_units[k]] = network->constant_currents[k];
        }
        respond(network, currents, rates + (step + 1) * stride);
        float *restrict delta = fluctuations + step * stride;
        for (size_t i = 0; i < stride; i++) {
            const float fluctuation = currents[i] - averages[i];
            delta[i] = fluctuation;
            // A current that stays the same has an average that does, to the last bit.
            averages[i] = currents[i] - memory * fluctuation;
        }
    }
}

FOR_EACH_LEVEL
void operant_signed_power(size_t rows, size_t columns, int power, const float *restrict in,
                          float *restrict out) {
    for (size_t row = 0; row < rows; row++) {
        const float *restrict z = in + row * columns;
        float *restrict s = out + row * columns;
        switch (power) {
        case OPERANT_POWER_CUBE:
            for (size_t i = 0; i < columns; i++) s[i] = z[i] * z[i] * z[i];
            break;
        case OPERANT_POWER_SQUARE:
            for (size_t i = 0; i < columns; i++) s[i] = z[i] * __builtin_fabsf(z[i]);
            break;
        case OPERANT_POWER_ROOT:
            for (size_t i = 0; i < columns; i++) {
                s[i] = __builtin_copysignf(__builtin_sqrtf(__builtin_fabsf(z[i])), z[i]);
            }
            break;
        default:
            for (size_t i = 0; i < columns; i++) s[i] = z[i];
        }
    }
}

FOR_EACH_LEVEL
void operant_scale_rows(size_t rows, size_t columns, const float *restrict weights,
                        float *restrict values) {
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < columns; i++) values[row * columns + i] *= weights[row];
    }
}

FOR_EACH_LEVEL
void operant_add_scaled(size_t count, float scale, const float *restrict values,
                        float *restrict sums) {
    for (size_t k = 0; k < count; k++) sums[k] += scale * values[k];
}

FOR_EACH_LEVEL
size_t operant_limited_step(size_t count, float scale, float limit,
                            const float *restrict eligibility, float *restrict weights) {
    uint32_t limited = 0;
    for (size_t k = 0; k < count; k++) {
        const float change = scale * eligibility[k];
        const float above = change > limit ? limit : change;
        const float within = above < -limit ? -limit : above;
        limited += within != change;
        weights[k] += within;
    }
    return limited;
}

FOR_EACH_LEVEL
void operant_keep_signs(size_t rows, size_t columns, size_t excitatory, float *restrict weights) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict w = weights + row * columns;
        for (size_t j = 0; j < excitatory; j++) w[j] = w[j] > 0.0f ? w[j] : 0.0f;
        for (size_t j = excitatory; j < columns; j++) w[j] = w[j] < 0.0f ? w[j] : 0.0f;
    }
}

// By blocks of 16 × 16, so that both matrices are touched a cache line at a time.
FOR_EACH_LEVEL
void operant_columns(size_t rows, size_t columns, size_t stride, const float *restrict matrix,
                     float *restrict out) {
    for (size_t top = 0; top < rows; top += 16) {
        const size_t bottom = top + 16 < rows ? top + 16 : rows;
        for (size_t column = 0; column < columns; column++) {
            for (size_t row = top; row < bottom; row++) {
                out[column * stride + row] = matrix[row * columns + column];
            }
        }
    }
}
