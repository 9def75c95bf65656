// Products with a matrix of which most entries are missing. Lanes go side by side in a register and
// connections one after the other, so nothing is done for what is not connected.
#include "clones.h"

#include <string.h>

#pragma clang fp contract(fast)

enum { ABREAST = 16 };
typedef float lanes __attribute__((vector_size(ABREAST * sizeof(float)), aligned(sizeof(float))));

// Turns a square of 16 × 16 floats: out[i][row] = in[row][i].
//
// Interleaving the upper half of the rows with the lower half, four times over, is a transposition.
WITHIN void turn(const float *restrict in, size_t in_stride, float *restrict out,
                 size_t out_stride) {
    lanes rows[ABREAST], mixed[ABREAST];
    for (int i = 0; i < ABREAST; i++) rows[i] = *(const lanes *)(in + i * in_stride);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < ABREAST / 2; i++) {
            mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19,
                                                   4, 20, 5, 21, 6, 22, 7, 23);
            mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26,
                                                       11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        for (int i = 0; i < ABREAST; i++) rows[i] = mixed[i];
    }
    for (int i = 0; i < ABREAST; i++) *(lanes *)(out + i * out_stride) = rows[i];
}

// Rows to columns: out[i][row] = in[row][i]; zero in the rows from `rows` up to `padded`.
WITHIN void stand_up(size_t rows, size_t padded, size_t units, const float *restrict in,
                     size_t stride, float *restrict out) {
    float few[ABREAST * ABREAST];
    for (size_t row = 0; row < padded; row += ABREAST) {
        const size_t here = rows - row < ABREAST ? rows - row : ABREAST;
        size_t i = 0;
        for (; i + ABREAST <= units; i += ABREAST) {
            if (here == ABREAST) {
                turn(in + row * stride + i, stride, out + i * padded + row, padded);
                continue;
            }
            memset(few, 0, sizeof few);
            for (size_t j = 0; j < here; j++) {
                memcpy(few + j * ABREAST, in + (row + j) * stride + i, ABREAST * sizeof *few);
            }
            turn(few, ABREAST, out + i * padded + row, padded);
        }
        for (; i < units; i++) {
            for (size_t j = 0; j < ABREAST; j++) {
                out[i * padded + row + j] = j < here ? in[(row + j) * stride + i] : 0;
            }
        }
    }
}

// Columns to rows, the first `rows` of them: out[row][j] = (adding: + ) in[j][row].
WITHIN void lie_down(size_t rows, size_t units, const float *restrict in, float *restrict out,
                     size_t stride, int adding) {
    float tile[ABREAST * ABREAST];
    size_t j = 0;
    for (; j + ABREAST <= units; j += ABREAST) {
        turn(in + j * ABREAST, ABREAST, tile, ABREAST);
        for (size_t row = 0; row < rows; row++) {
            lanes *target = (lanes *)(out + row * stride + j);
            const lanes sums = *(const lanes *)(tile + row * ABREAST);
            *target = adding ? *target + sums : sums;
        }
    }
    for (; j < units; j++) {
        for (size_t row = 0; row < rows; row++) {
            float *target = out + row * stride + j;
            *target = (adding ? *target : 0) + in[j * ABREAST + row];
        }
    }
}

FOR_EACH_LEVEL
void operant_sparse_product(size_t rows, size_t inputs, size_t outputs,
                            const uint32_t *restrict starts, const uint32_t *restrict sources,
                            const float *restrict weights, const float *restrict in,
                            size_t in_stride, float *restrict out, size_t out_stride, int adding,
                            float *restrict scratch) {
    float *restrict standing = scratch;
    float *restrict sums = scratch + inputs * ABREAST;
    for (size_t first = 0; first < rows; first += ABREAST) {
        const size_t here = rows - first < ABREAST ? rows - first : ABREAST;
        stand_up(here, ABREAST, inputs, in + first * in_stride, in_stride, standing);
        for (size_t j = 0; j < outputs; j++) {
            lanes sum = {0};
            for (uint32_t k = starts[j]; k < starts[j + 1]; k++) {
                sum += weights[k] * *(const lanes *)(standing + sources[k] * ABREAST);
            }
            *(lanes *)(sums + j * ABREAST) = sum;
        }
        lie_down(here, outputs, sums, out + first * out_stride, out_stride, adding);
    }
}

WITHIN float sum_of(const lanes *x) {
    float sums[ABREAST];
    memcpy(sums, x, sizeof sums);
    for (int half = ABREAST / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) sums[i] += sums[i + half];
    }
    return sums[0];
}

FOR_EACH_LEVEL
void operant_sparse_outer_product(size_t rows, size_t inputs, size_t outputs,
                                  const uint32_t *restrict starts,
                                  const uint32_t *restrict sources,
                                  const uint32_t *restrict places, const float *restrict in,
                                  size_t in_stride, const float *restrict slopes,
                                  size_t slope_stride, float *restrict gradient,
                                  float *restrict scratch) {
    const size_t padded = (rows + ABREAST - 1) / ABREAST * ABREAST;
    float *restrict standing = scratch;
    float *restrict falling = scratch + inputs * padded;
    stand_up(rows, padded, inputs, in, in_stride, standing);
    stand_up(rows, padded, outputs, slopes, slope_stride, falling);
    for (size_t j = 0; j < outputs; j++) {
        const float *restrict slope = falling + j * padded;
        for (uint32_t k = starts[j]; k < starts[j + 1]; k++) {
            const float *restrict source = standing + sources[k] * padded;
            lanes sum = {0};
            for (size_t row = 0; row < padded; row += ABREAST) {
                sum += *(const lanes *)(source + row) * *(const lanes *)(slope + row);
            }
            gradient[places[k]] += sum_of(&sum);
        }
    }
}
