// W3 and W3f by hand: a neural SDE of 8 states, its drift a net of two hidden layers of 64, learned
// diagonal noise, Euler's method, singles, 512 paths of 100 steps: the mean of the squares of the ends,
// with -DGRADIENT its derivative in every parameter, of which the answer has those in `s` and `c`.
// Everything is kept on the way forward; cotangents of weights are contracted over 20 steps at once.
// Blocks of 6 x 2 vectors and 4 x 2 at 128 bits, for 16 registers, 8 x 2 and 4 x 4 for 32.
#include "generator.hpp"
#include "host.hpp"
#include <cmath>
#include <memory>

#ifdef GRADIENT
static const bool KEEPS = true;
#else
static const bool KEEPS = false;
#endif
static const int N = 8, H = 64, PATHS = 512, STEPS = 100, BLOCK = 20, HELD = 2;
static const int ROWS = WIDTH == 128 ? 6 : 8, COLUMNS = WIDTH == 128 ? 2 : 4;

typedef V Row[HELD];
template <int M, int K> using Matrix = float[M][K];

static Matrix<H, N> A;
static Matrix<H, H> B;
static Matrix<N, H> C;
// Transposed.
static Matrix<N, H> At;
static Matrix<H, H> Bt;
static Matrix<H, N> Ct;
static float a[H], b[H], c[N], s[N];

struct Parameters { float A[H][N], a[H], B[H][H], b[H], C[N][H], c[N], s[N]; };

struct Step { Row y[N], h1[H], h2[H], z[N]; };
struct Back { Row d1[H], d2[H], d3[N]; };

template <int R, int K> static inline void rows(const float (*w)[K], const float *bias, const Row *x, Row *y) {
  V sums[R][HELD];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < HELD; v++) sums[r][v] = all(bias ? bias[r] : 0.0f);
#pragma clang loop unroll_count(4)
  for (int k = 0; k < K; k++)
    for (int r = 0; r < R; r++)
      for (int v = 0; v < HELD; v++) sums[r][v] = fma(all(w[r][k]), x[k][v], sums[r][v]);
  for (int r = 0; r < R; r++)
    for (int v = 0; v < HELD; v++) y[r][v] = sums[r][v];
}

template <int M, int K> static inline void times(const float (*w)[K], const float *bias, const Row *x, Row *y) {
  int m = 0;
  for (; m + ROWS <= M; m += ROWS) rows<ROWS, K>(w + m, bias ? bias + m : nullptr, x, y + m);
  for (; m < M; m += M % ROWS % 4 ? 2 : 4) {
    const float *rest = bias ? bias + m : nullptr;
    M % ROWS % 4 ? rows<2, K>(w + m, rest, x, y + m) : rows<4, K>(w + m, rest, x, y + m);
  }
}

// `out[m][k] += sum over steps and lanes of d[m] x[k]`.
template <int M, int K, class D, class X>
static inline void outer(int steps, D d, X x, float (*out)[K], float *bias) {
  for (int m = 0; m < M; m += 4)
    for (int k = 0; k < K; k += COLUMNS) {
      V sums[4][COLUMNS];
      for (auto &row : sums)
        for (V &sum : row) sum = V{};
      for (int step = 0; step < steps; step++)
        for (int v = 0; v < HELD; v++)
          for (int r = 0; r < 4; r++)
            for (int q = 0; q < COLUMNS; q++)
              sums[r][q] = fma(d(step)[m + r][v], x(step)[k + q][v], sums[r][q]);
      for (int r = 0; r < 4; r++)
        for (int q = 0; q < COLUMNS; q++) out[m + r][k + q] += (float)total(sums[r][q]);
    }
  for (int m = 0; m < M; m++) {
    V sum = V{};
    for (int step = 0; step < steps; step++)
      for (int v = 0; v < HELD; v++) sum += d(step)[m][v];
    bias[m] += (float)total(sum);
  }
}

static Result run(int thread, int threads) {
  const Key start = key_of("Net.y"), noise = key_of("Net.W");
  const float h = 0.01f;
  V scale[N];
  for (int i = 0; i < N; i++) scale[i] = all(0.3f * std::exp(s[i]) * std::sqrt(h));
  static thread_local std::unique_ptr<Step[]> steps(new Step[STEPS + 1]);
  static thread_local std::unique_ptr<Back[]> back(new Back[BLOCK]);
  auto g = std::make_unique<Parameters>();
  double loss = 0;
  for (int base = LANES * HELD * thread; base < PATHS; base += LANES * HELD * threads) {
    U path[HELD];
    for (int v = 0; v < HELD; v++) path[v] = counted(base + LANES * v);
    for (int i = 0; i < N; i += 4)
      for (int v = 0; v < HELD; v++) {
        V z[4];
        normals(path[v], i / 4, start, z);
        for (int n = 0; n < 4; n++) steps[0].y[i + n][v] = z[n];
      }
    for (int step = 0; step < STEPS; step++) {
      Step &now = steps[KEEPS ? step : 0], &next = steps[KEEPS ? step + 1 : 0];
      for (int i = 0; i < N; i += 4)
        for (int v = 0; v < HELD; v++) {
          V z[4];
          normals(path[v], 2 * step + i / 4, noise, z);
          for (int n = 0; n < 4; n++) now.z[i + n][v] = z[n];
        }
      times<H, N>(A, a, now.y, now.h1);
      for (auto &row : now.h1)
        for (V &x : row) x = tanh_of(x);
      times<H, H>(B, b, now.h1, now.h2);
      for (auto &row : now.h2)
        for (V &x : row) x = tanh_of(x);
      Row f[N];
      times<N, H>(C, c, now.h2, f);
      for (int i = 0; i < N; i++)
        for (int v = 0; v < HELD; v++)
          next.y[i][v] = fma(scale[i], now.z[i][v], fma(f[i][v], all(h), now.y[i][v]));
    }
    Step &end = steps[KEEPS ? STEPS : 0];
    Row ybar[N];
    for (int i = 0; i < N; i++)
      for (int v = 0; v < HELD; v++) {
        loss += total(end.y[i][v] * end.y[i][v]);
        ybar[i][v] = end.y[i][v] * (2.0f / (PATHS * N));
      }
    if (!KEEPS) continue;
    V sbar[N];
    for (V &sum : sbar) sum = V{};
    for (int first = STEPS - BLOCK; first >= 0; first -= BLOCK) {
      for (int step = first + BLOCK - 1; step >= first; step--) {
        Step &now = steps[step];
        Back &d = back[step - first];
        for (int i = 0; i < N; i++)
          for (int v = 0; v < HELD; v++) {
            sbar[i] = fma(ybar[i][v] * scale[i], now.z[i][v], sbar[i]);
            d.d3[i][v] = ybar[i][v] * h;
          }
        times<H, N>(Ct, nullptr, d.d3, d.d2);
        for (int i = 0; i < H; i++)
          for (int v = 0; v < HELD; v++) d.d2[i][v] *= fma(-now.h2[i][v], now.h2[i][v], all(1.0f));
        times<H, H>(Bt, nullptr, d.d2, d.d1);
        for (int i = 0; i < H; i++)
          for (int v = 0; v < HELD; v++) d.d1[i][v] *= fma(-now.h1[i][v], now.h1[i][v], all(1.0f));
        Row rest[N];
        times<N, H>(At, nullptr, d.d1, rest);
        for (int i = 0; i < N; i++)
          for (int v = 0; v < HELD; v++) ybar[i][v] += rest[i][v];
      }
      outer<N, H>(BLOCK, [&](int k) { return back[k].d3; }, [&](int k) { return steps[first + k].h2; }, g->C, g->c);
      outer<H, H>(BLOCK, [&](int k) { return back[k].d2; }, [&](int k) { return steps[first + k].h1; }, g->B, g->b);
      outer<H, N>(BLOCK, [&](int k) { return back[k].d1; }, [&](int k) { return steps[first + k].y; }, g->A, g->a);
    }
    for (int i = 0; i < N; i++) g->s[i] += (float)total(sbar[i]);
  }
  Result result = {loss / (PATHS * N)};
  if (KEEPS) {
    for (float x : g->s) result.push_back(x);
    for (float x : g->c) result.push_back(x);
    for (float x : g->a) result.push_back(x);
  }
  return result;
}

int main(int argc, char **argv) {
  for (int i = 0; i < H; i++)
    for (int j = 0; j < N; j++) {
      At[j][i] = A[i][j] = 0.35f * std::sin(1.3f * i + 2.7f * j + 0.1f);
      Ct[i][j] = C[j][i] = 0.12f * std::sin(2.1f * j + 0.9f * i + 0.7f);
    }
  for (int i = 0; i < H; i++)
    for (int j = 0; j < H; j++) Bt[j][i] = B[i][j] = 0.12f * std::sin(0.7f * i - 1.9f * j + 0.3f);
  return serve(argc, argv, [](int threads) { return together(threads, run); });
}
