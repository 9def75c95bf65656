#include "exponential.h"

void operant_softmax(size_t rows, size_t outputs, float *logits) {
    for (size_t row = 0; row < rows; row++) {
        float *z = logits + row * outputs;
        float largest = z[0];
        for (size_t i = 1; i < outputs; i++) largest = z[i] > largest ? z[i] : largest;
        float sum = 0;
        for (size_t i = 0; i < outputs; i++) {
            z[i] = exponential(z[i] - largest);
            sum += z[i];
        }
        for (size_t i = 0; i < outputs; i++) z[i] /= sum;
    }
}
