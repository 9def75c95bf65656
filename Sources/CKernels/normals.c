// Philox 4×64-10 and Box–Muller, as in Gym/Philox.swift and Gym/Normal.swift, where they are
// explained. The operations and their order are the same, and none are contracted, so the numbers
// agree bit for bit at every level of the architecture; a test holds the two to that.
#include "clones.h"

#include <string.h>

#pragma clang fp contract(off)

WITHIN uint64_t multiply(uint64_t a, uint64_t b, uint64_t *high) {
    const unsigned __int128 product = (unsigned __int128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
}

// Four words from each of `blocks` counters (block, step, trial, lane), after the first `skipped`.
static void philox(size_t skipped, size_t blocks, uint64_t *restrict words, uint64_t seed,
                   uint64_t stream, uint64_t lane, uint64_t trial, uint64_t step) {
    for (size_t block = 0; block < blocks; block++) {
        // Blocks count from 1.
        uint64_t c0 = skipped + block + 1, c1 = step, c2 = trial, c3 = lane;
        uint64_t k0 = seed, k1 = stream;
        for (int round = 0; round < 10; round++) {
            uint64_t high0, high1;
            const uint64_t low0 = multiply(0xD2E7470EE14C6C93u, c0, &high0);
            const uint64_t low1 = multiply(0xCA5A826395121157u, c2, &high1);
            c0 = high1 ^ c1 ^ k0;
            c1 = low1;
            c2 = high0 ^ c3 ^ k1;
            c3 = low0;
            k0 += 0x9E3779B97F4A7C15u;
            k1 += 0xBB67AE8584CAA73Bu;
        }
        words[4 * block] = c0;
        words[4 * block + 1] = c1;
        words[4 * block + 2] = c2;
        words[4 * block + 3] = c3;
    }
}

WITHIN float logarithm(float u) {
    int32_t bits;
    memcpy(&bits, &u, sizeof bits);
    const int32_t shifted = bits - 0x3F3504F3;
    const float exponent = (float)(shifted >> 23);
    const int32_t mantissa = (shifted & 0x7FFFFF) + 0x3F3504F3;
    float m;
    memcpy(&m, &mantissa, sizeof m);
    const float s = (m - 1.0f) / (m + 1.0f);
    const float square = s * s;
    const float series =
        1.0f + square * (0.33333334f +
                         square * (0.2f + square * (0.14285715f + square * 0.11111111f)));
    return exponent * 0.6931472f + 2.0f * (s * series);
}

FOR_EACH_LEVEL
static void box_muller(size_t pairs, const uint64_t *restrict words, float *restrict out) {
    for (size_t i = 0; i < pairs; i++) {
        const uint32_t upper = (uint32_t)(words[i] >> 40);
        const uint32_t turn = (uint32_t)words[i] >> 8;
        const float u = ((float)(int32_t)upper + 0.5f) * 0x1p-24f;
        const float radius = __builtin_sqrtf(-2.0f * logarithm(u));
        const float x = ((float)(int32_t)(turn & 0x3FFFFF) - 0x1p21f) * (0x1p-22f * 1.5707964f);
        const float square = x * x;
        const float sine =
            x * (1.0f + square * (-0.16666667f +
                                  square * (0.008333333f + square * -0.0001984127f)));
        const float cosine =
            1.0f + square * (-0.5f + square * (0.041666668f +
                                               square * (-0.0013888889f +
                                                         square * 0.000024801587f)));
        const float a = radius * cosine, b = radius * sine;
        // Quarter 0: (a, b), 1: (−b, a), 2: (−a, −b), 3: (b, −a).
        const uint32_t quarter = turn >> 22;
        const float first = quarter & 1 ? b : a, second = quarter & 1 ? a : b;
        const float sign0 = (quarter == 1 || quarter == 2) ? -1.0f : 1.0f;
        const float sign1 = quarter >= 2 ? -1.0f : 1.0f;
        out[2 * i] = sign0 * first;
        out[2 * i + 1] = sign1 * second;
    }
}

FOR_EACH_LEVEL
static void add_scaled(size_t count, const float *restrict values, float scale,
                       float *restrict out) {
    for (size_t i = 0; i < count; i++) out[i] += scale * values[i];
}

void operant_add_normals(size_t rows, size_t count, size_t stride, float *out, float scale,
                         uint64_t seed, uint64_t stream, const uint64_t *lanes,
                         const uint64_t *trials, uint64_t step) {
    enum { BLOCKS = 32, NORMALS = 8 * BLOCKS };
    uint64_t words[4 * BLOCKS];
    float normals[NORMALS];
    for (size_t row = 0; row < rows; row++) {
        for (size_t done = 0; done < count; done += NORMALS) {
            const size_t here = count - done < NORMALS ? count - done : NORMALS;
            philox(done / 8, (here + 7) / 8, words, seed, stream, lanes[row], trials[row], step);
            box_muller((here + 1) / 2, words, normals);
            add_scaled(here, normals, scale, out + row * stride + done);
        }
    }
}
