// Loops over floats that Swift can't make fast on every machine.
//
// They live in C because Swift code has no run-time dispatch: each function here is compiled for
// three levels of the x86-64 architecture, and the best one is chosen when the program starts. Rows
// are lanes; all matrices are row-major without gaps unless a stride is named. Arrays do not overlap.
#ifndef OPERANT_KERNELS_H
#define OPERANT_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// ---- gates.c: the unit's forward and backward passes, between the matrix products

// λ = sigmoid(·), γ = sigmoid(·), s = γ ⊙ r.
//   drive [rows × 3 units]: candidate, λ, γ; the latter two in place. before, gated [rows × units].
void operant_open_gates(size_t rows, size_t units, float *drive, const float *before,
                        float *gated);

// x ← x + α λ ⊙ (c − x),  r = max(0, x).
//   drive [rows × 3 units]: c, λ, γ come; c − x goes in the place of c, which is all that the way
//   back needs of the two. currents, rates [rows × units].
void operant_move_currents(size_t rows, size_t units, float leak, float *drive, float *currents,
                           float *rates);

// δx ← δx + (δz W_outᵀ) ⊙ [r > 0].
//   slopes [rows × outputs]: δz. weights [outputs × units]: W_outᵀ. rates, d_currents [rows × units].
void operant_read_out_back(size_t rows, size_t units, size_t outputs, const float *slopes,
                           const float *weights, const float *rates, float *d_currents);

// δc = α λ ⊙ δx,  δaλ = α (c − x₋) ⊙ δx ⊙ λ (1 − λ),  δx ← (1 − α λ) ⊙ δx.
//   drive [rows × 3 units]: c − x₋, λ, γ. d_drive [rows × 3 units]: δc and δaλ are written.
void operant_currents_back(size_t rows, size_t units, float leak, const float *drive,
                           float *d_currents, float *d_drive);

// s = γ ⊙ r₋,  δaγ = δs ⊙ s ⊙ (1 − γ),  δr₋ = γ ⊙ δs.
//   d_gated [rows × units]: δs comes, δr₋ goes. d_drive [rows × 3 units]: δaγ is written.
//   gated [rows × units]: s is written.
void operant_gates_back(size_t rows, size_t units, const float *drive, const float *before,
                        float *d_gated, float *d_drive, float *gated);

// δx ← δx + δr₋ ⊙ [r₋ > 0].
void operant_rates_back(size_t rows, size_t units, const float *d_rates, const float *before,
                        float *d_currents);

// ---- sparse.c: matrix products over the connections that exist
//
// Connections k = starts[j] … starts[j + 1] − 1 lead to output j, each from input sources[k].

// out[row][j] ← (adding: out[row][j] +) Σₖ weights[k] in[row][sources[k]].
//   scratch: 16 (inputs + outputs) floats.
void operant_sparse_product(size_t rows, size_t inputs, size_t outputs, const uint32_t *starts,
                            const uint32_t *sources, const float *weights, const float *in,
                            size_t in_stride, float *out, size_t out_stride, int adding,
                            float *scratch);

// gradient[places[k]] += Σ_row in[row][sources[k]] slopes[row][j].
//   scratch: (inputs + outputs) times `rows`, rounded up to a multiple of 16.
void operant_sparse_outer_product(size_t rows, size_t inputs, size_t outputs,
                                  const uint32_t *starts, const uint32_t *sources,
                                  const uint32_t *places, const float *in, size_t in_stride,
                                  const float *slopes, size_t slope_stride, float *gradient,
                                  float *scratch);

// ---- rates.c: networks of rate units, and the rules that change them
//
// Rows of units are `stride` floats apart, a multiple of 16; what lies beyond the units is of no
// account. x: currents, x̄: their running averages, r: rates, δ: fluctuations.

enum { OPERANT_TANH, OPERANT_THRESHOLD_LINEAR };

// m and M of the threshold-linear response, min(max(0, x + m), M).
#define OPERANT_RATE_OFFSET 2.0f
#define OPERANT_RATE_CEILING 20.0f

// What a network is while it runs.
typedef struct {
    size_t units, inputs, stride;
    // J and B, a column after the other: [unit × stride], [input × stride].
    const float *recurrent, *input;
    // OPERANT_TANH or OPERANT_THRESHOLD_LINEAR, and how many units, from the first on, have their
    // tanh rectified.
    int response;
    size_t rectified;
    // dt/τ and α_x.
    float leak, memory;
    // Units whose currents are held, and at what.
    size_t constants;
    const uint32_t *constant_units;
    const float *constant_currents;
} operant_rate_network;

// r = tanh x, max(0, tanh x) or min(max(0, x + m), M), for one row.
void operant_rate_response(const operant_rate_network *network, const float *currents,
                           float *rates);

// Steps t = first … first + steps − 1:
//     h = J r(t−1) + B u(t) + ξ(t),  x ← x + leak (h − x),  x_c ← held,  r = response(x),
//     δ = x − x̄,  x̄ ← memory x̄ + (1 − memory) x.
//   inputs [steps × inputs]: u from step `first` on.
//   places, sizes: ξ, at t · units + i, in order; none before `first`.
//   currents, averages, drive [stride]: x, x̄, room for h.
//   rates [step + 1 × stride]: row t holds r(t−1), and row t + 1 is written.
//   fluctuations [step × stride]: δ(t) goes into row t.
void operant_rate_steps(const operant_rate_network *network, size_t first, size_t steps,
                        const float *inputs, size_t perturbation_count, const uint32_t *places,
                        const float *sizes, float *currents, float *averages, float *drive,
                        float *rates, float *fluctuations);

enum { OPERANT_POWER_ROOT, OPERANT_POWER_IDENTITY, OPERANT_POWER_SQUARE, OPERANT_POWER_CUBE };

// out = sign(z) |z|^q,  q = ½, 1, 2 or 3.   in, out [rows × columns].
void operant_signed_power(size_t rows, size_t columns, int power, const float *in, float *out);

// values[row] ← weights[row] · values[row].   values [rows × columns].
void operant_scale_rows(size_t rows, size_t columns, const float *weights, float *values);

// sums ← sums + scale · values.
void operant_add_scaled(size_t count, float scale, const float *values, float *sums);

// w ← w + clip(scale · e, ± limit). Returns how many were clipped.
size_t operant_limited_step(size_t count, float scale, float limit, const float *eligibility,
                            float *weights);

// Columns below `excitatory` ← max(0, ·), the others ← min(0, ·).  weights [rows × columns].
void operant_keep_signs(size_t rows, size_t columns, size_t excitatory, float *weights);

// matrix [rows × columns], a row after the other, to out [columns × stride], a column after the
// other.
void operant_columns(size_t rows, size_t columns, size_t stride, const float *matrix, float *out);

// ---- softmax.c

// π = softmax(z), row by row, in place.
void operant_softmax(size_t rows, size_t outputs, float *logits);

// ---- normals.c: the numbers of Gym's `Random.normal()`, many at a time and bit for bit

// out[row][i] += scale · (number i of the stream at (lane, trial, step)).
//   stride: floats from one row of `out` to the next.
void operant_add_normals(size_t rows, size_t count, size_t stride, float *out, float scale,
                         uint64_t seed, uint64_t stream, const uint64_t *lanes,
                         const uint64_t *trials, uint64_t step);

// ---- adam.c

// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  θ ← θ − step · m / (√v + ε);  g is scaled first.
void operant_adam(size_t count, float scale, float step, float beta1, float beta2, float epsilon,
                  const float *gradient, float *first_moment, float *second_moment,
                  float *parameters);

// Σ g², in double precision and in an order that does not depend on the machine.
double operant_sum_of_squares(size_t count, const float *values);

#endif
