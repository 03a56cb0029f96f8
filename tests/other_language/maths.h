/* The layers themselves: this is what is judged. Forward, and its backward directly under it.

   Letters: N batch, D inputs, M outputs; H, W image; C channels in; kh, kw kernel. A Z is what goes into an activation.
   Sums are taken in double and rounded once: in float32, PyTorch's own error is small, and so must ours be.

   FAULT plants a classic mistake, to see that it is noticed. */
#ifndef MATHS_H
#define MATHS_H

#include <math.h>

#include "safetensors.h"

enum { NO_FAULT, MEAN_BIAS, RELU_AT_0, NO_ROTATION };
#ifndef FAULT
#define FAULT NO_FAULT
#endif

/* Y = f(Z), number by number. Returns 0 for an activation that is not here. */
static int activate(const char *name, const real *Z, real *Y, long size)
{
    int relu = !strcmp(name, "ReLU"), tanhyp = !strcmp(name, "Tanh");
    if (!relu && !tanhyp && strcmp(name, "Linear")) return 0;
    for (long k = 0; k < size; k++) Y[k] = relu ? (Z[k] <= 0 ? 0 : Z[k]) : tanhyp ? (real)tanh(Z[k]) : Z[k];
    return 1;
}

/* dZ = dY f'(Z). ReLU's derivative at exactly 0 is 0. */
static void activate_backward(const char *name, const real *Z, const real *Y, const real *dY, real *dZ, long size)
{
    int relu = !strcmp(name, "ReLU"), tanhyp = !strcmp(name, "Tanh");
    for (long k = 0; k < size; k++) {
        int off = FAULT == RELU_AT_0 ? Z[k] < 0 : Z[k] <= 0;
        dZ[k] = relu ? (off ? 0 : dY[k]) : tanhyp ? (real)(dY[k] * (1.0 - (double)Y[k] * Y[k])) : dY[k];
    }
}

/* Z (N, M) = X (N, D) W (D, M) + b (1, M) */
static void dense(const real *X, const real *W, const real *b, real *Z, long N, long D, long M)
{
    for (long n = 0; n < N; n++)
        for (long m = 0; m < M; m++) {
            double sum = b[m];
            for (long d = 0; d < D; d++) sum += (double)X[n * D + d] * W[d * M + m];
            Z[n * M + m] = (real)sum;
        }
}

/* dX = dZ Wᵀ;  dW = Xᵀ dZ;  db = the sum of dZ over the batch */
static void dense_backward(const real *X, const real *W, const real *dZ, real *dX, real *dW, real *db,
                           long N, long D, long M)
{
    for (long n = 0; n < N; n++)
        for (long d = 0; d < D; d++) {
            double sum = 0;
            for (long m = 0; m < M; m++) sum += (double)dZ[n * M + m] * W[d * M + m];
            dX[n * D + d] = (real)sum;
        }
    for (long m = 0; m < M; m++) {
        double sum = 0;
        for (long n = 0; n < N; n++) sum += dZ[n * M + m];
        db[m] = (real)(FAULT == MEAN_BIAS ? sum / N : sum);
        for (long d = 0; d < D; d++) {
            double product = 0;
            for (long n = 0; n < N; n++) product += (double)X[n * D + d] * dZ[n * M + m];
            dW[d * M + m] = (real)product;
        }
    }
}

/* The sizes of a convolution. top, left: the padding there; what lies below and right follows from the sizes. */
typedef struct {
    long N, H, W, C, kh, kw, M, out_h, out_w, stride_h, stride_w, top, left;
} Sizes;

/* Where the pixel stands that meets kernel place (i, j) in output (y, z): the index of its first channel in X, or -1 in
   the padding. */
static long pixel(Sizes s, long n, long y, long z, long i, long j)
{
    long row = y * s.stride_h + i - s.top, column = z * s.stride_w + j - s.left;
    int inside = 0 <= row && row < s.H && 0 <= column && column < s.W;
    return inside ? ((n * s.H + row) * s.W + column) * s.C : -1;
}

/* Where kernel place (i, j) of channel c stands in W: the index of its first output. */
static long weight(Sizes s, long i, long j, long c)
{
    return ((i * s.kw + j) * s.C + c) * s.M;
}

static void rounded(const double *sums, real *out, long size)
{
    for (long k = 0; k < size; k++) out[k] = (real)sums[k];
}

/* Z[n, y, z, m] = b[m] + Σ_ijc X[n, y stride + i - top, z stride + j - left, c] W[i, j, c, m] */
static void convolve(Sizes s, const real *X, const real *W, const real *b, real *Z)
{
    double *sums = allocate((size_t)s.M * sizeof(double));
    for (long n = 0; n < s.N; n++)
    for (long y = 0; y < s.out_h; y++)
    for (long z = 0; z < s.out_w; z++, Z += s.M) {
        for (long m = 0; m < s.M; m++) sums[m] = b[m];
        for (long i = 0; i < s.kh; i++)
        for (long j = 0; j < s.kw; j++) {
            long x = pixel(s, n, y, z, i, j);
            for (long c = 0; x >= 0 && c < s.C; c++)
                for (long m = 0; m < s.M; m++) sums[m] += (double)X[x + c] * W[weight(s, i, j, c) + m];
        }
        rounded(sums, Z, s.M);
    }
    free(sums);
}

/* Each product X[x] W[w] that the forward added to Z gives dX[x] += W[w] dZ and dW[w] += X[x] dZ; db is the sum of dZ.
   (Written as a convolution of dZ, dX needs the kernel rotated by 180 degrees; here the indices do that.) */
static void convolve_backward(Sizes s, const real *X, const real *W, const real *dZ, real *dX, real *dW, real *db)
{
    long inputs = s.N * s.H * s.W * s.C, weights = s.kh * s.kw * s.C * s.M;
    double *to_X = allocate((size_t)(inputs + weights + s.M) * sizeof(double));
    double *to_W = to_X + inputs, *to_b = to_W + weights;
    for (long n = 0; n < s.N; n++)
    for (long y = 0; y < s.out_h; y++)
    for (long z = 0; z < s.out_w; z++, dZ += s.M) {
        for (long m = 0; m < s.M; m++) to_b[m] += dZ[m];
        for (long i = 0; i < s.kh; i++)
        for (long j = 0; j < s.kw; j++) {
            long x = pixel(s, n, y, z, i, j);
            for (long c = 0; x >= 0 && c < s.C; c++) {
                long w = weight(s, i, j, c), turned = weight(s, s.kh - 1 - i, s.kw - 1 - j, c);
                for (long m = 0; m < s.M; m++) {
                    to_X[x + c] += (double)W[(FAULT == NO_ROTATION ? turned : w) + m] * dZ[m];
                    to_W[w + m] += (double)X[x + c] * dZ[m];
                }
            }
        }
    }
    rounded(to_X, dX, inputs);
    rounded(to_W, dW, weights);
    rounded(to_b, db, s.M);
    free(to_X);
}

/* The mean of (Y_hat - Y)² over all elements, and its gradient 2 (Y_hat - Y) / size */
static real squared_error(const real *Y, const real *Y_hat, real *gradient, long size)
{
    double sum = 0;
    for (long k = 0; k < size; k++) {
        double difference = (double)Y_hat[k] - Y[k];
        sum += difference * difference;
        gradient[k] = (real)(2 * difference / size);
    }
    return (real)(sum / size);
}

typedef struct {
    real momentum, dampening, weight_decay;
    int nesterov;
} Descent;

/* One step of stochastic gradient descent on θ; v is the velocity, which starts as the first gradient. */
static void descend(Descent how, real *theta, const real *gradient, real *v, real rate, int first, long size)
{
    for (long k = 0; k < size; k++) {
        real g = gradient[k] + how.weight_decay * theta[k];
        if (how.momentum != 0) {
            v[k] = first ? g : how.momentum * v[k] + (1 - how.dampening) * g;
            g = how.nesterov ? g + how.momentum * v[k] : v[k];
        }
        theta[k] -= rate * g;
    }
}

#endif
