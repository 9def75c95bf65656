// The gated unit of Song, Yang & Wang (2017), eLife 6:e21492, between its matrix products. The
// equations stand in CKernels.h and, whole, in Learning/GatedUnits.swift.
#include "exponential.h"

#pragma clang fp contract(fast)

FOR_EACH_LEVEL
void operant_open_gates(size_t rows, size_t units, float *restrict drive,
                        const float *restrict before, float *restrict gated) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict lambda = drive + (3 * row + 1) * units;
        float *restrict gamma = drive + (3 * row + 2) * units;
        const float *restrict r = before + row * units;
        float *restrict s = gated + row * units;
        for (size_t i = 0; i < units; i++) {
            lambda[i] = sigmoid(lambda[i]);
            const float open = sigmoid(gamma[i]);
            gamma[i] = open;
            s[i] = open * r[i];
        }
    }
}

FOR_EACH_LEVEL
void operant_move_currents(size_t rows, size_t units, float leak, float *restrict drive,
                           float *restrict currents, float *restrict rates) {
    for (size_t row = 0; row < rows; row++) {
        float *restrict c = drive + 3 * row * units;
        const float *restrict lambda = c + units;
        float *restrict x = currents + row * units;
        float *restrict r = rates + row * units;
        for (size_t i = 0; i < units; i++) {
            const float gap = c[i] - x[i];
            const float moved = x[i] + leak * lambda[i] * gap;
            c[i] = gap;
            x[i] = moved;
            r[i] = moved > 0 ? moved : 0;
        }
    }
}

FOR_EACH_LEVEL
void operant_read_out_back(size_t rows, size_t units, size_t outputs,
                           const float *restrict slopes, const float *restrict weights,
                           const float *restrict rates, float *restrict d_currents) {
    for (size_t row = 0; row < rows; row++) {
        const float *restrict dz = slopes + row * outputs;
        const float *restrict r = rates + row * units;
        float *restrict dx = d_currents + row * units;
        for (size_t output = 0; output < outputs; output++) {
            const float slope = dz[output];
            const float *restrict w = weights + output * units;
            for (size_t i = 0; i < units; i++) {
                dx[i] += r[i] > 0 ? slope * w[i] : 0;
            }
        }
    }
}

FOR_EACH_LEVEL
void operant_currents_back(size_t rows, size_t units, float leak, const float *restrict drive,
                           float *restrict d_currents, float *restrict d_drive) {
    for (size_t row = 0; row < rows; row++) {
        const float *restrict gap = drive + 3 * row * units;
        const float *restrict lambda = gap + units;
        float *restrict dx = d_currents + row * units;
        float *restrict dc = d_drive + 3 * row * units;
        float *restrict da = dc + units;
        for (size_t i = 0; i < units; i++) {
            const float share = leak * lambda[i];
            const float slope = dx[i];
            dc[i] = share * slope;
            da[i] = gap[i] * slope * share * (1 - lambda[i]);
            dx[i] = (1 - share) * slope;
        }
    }
}

FOR_EACH_LEVEL
void operant_gates_back(size_t rows, size_t units, const float *restrict drive,
                        const float *restrict before, float *restrict d_gated,
                        float *restrict d_drive, float *restrict gated) {
    for (size_t row = 0; row < rows; row++) {
        const float *restrict gamma = drive + (3 * row + 2) * units;
        float *restrict s = gated + row * units;
        const float *restrict r = before + row * units;
        float *restrict ds = d_gated + row * units;
        float *restrict da = d_drive + (3 * row + 2) * units;
        for (size_t i = 0; i < units; i++) {
            const float open = gamma[i] * r[i];
            s[i] = open;
            da[i] = ds[i] * open * (1 - gamma[i]);
            ds[i] *= gamma[i];
        }
    }
}

FOR_EACH_LEVEL
void operant_rates_back(size_t rows, size_t units, const float *restrict d_rates,
                        const float *restrict before, float *restrict d_currents) {
    const size_t count = rows * units;
    for (size_t i = 0; i < count; i++) {
        d_currents[i] += before[i] > 0 ? d_rates[i] : 0;
    }
}
