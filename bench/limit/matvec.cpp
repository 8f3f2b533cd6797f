// W7 by hand: a 64 x 64 matrix times a vector at each of 1000 steps, doubles, 16 paths. The mean of the
// sum of the ends. Blocks of 6 entries times 2 vectors at 128 bits, for 16 registers, 8 times 2 for 32, or
// 16 times 1 where a thread has one vector. Threads share the vectors.
#include "generator.hpp"
#include "host.hpp"
#include <cmath>

static const int N = 64, PATHS = 16, STEPS = 1000, VECTORS = 2 * PATHS / LANES;
static double A[N][N];

template <int R, int W> static inline void rows(int row, int v, const D (*x)[VECTORS], D (*y)[VECTORS]) {
  D sums[R][W];
  for (auto &sum : sums)
    for (auto &one : sum) one = D{};
#pragma clang loop unroll_count(4)
  for (int k = 0; k < N; k++)
    for (int r = 0; r < R; r++)
      for (int w = 0; w < W; w++) sums[r][w] = fma(all(A[row + r][k]), x[k][v + w], sums[r][w]);
  for (int r = 0; r < R; r++)
    for (int w = 0; w < W; w++) y[row + r][v + w] = fma(sums[r][w], all(0.001), x[row + r][v + w]);
}

template <int R, int W> static void steps(int begin, int end, D (*memory)[N][VECTORS]) {
  for (int step = 0; step < STEPS; step++)
    for (int v = begin; v < end; v += W) {
      auto x = memory[step % 2], y = memory[1 - step % 2];
      int row = 0;
      for (; row + R <= N; row += R) rows<R, W>(row, v, x, y);
      for (; row < N; row += 4) rows<4, W>(row, v, x, y);
    }
}

static Result ends(int thread, int threads) {
  // No two threads write to a line of the cache.
  alignas(64) static D memory[2][N][VECTORS];
  const Key key = key_of("M.y");
  const int begin = VECTORS * thread / threads, end = VECTORS * (thread + 1) / threads;
  for (int i = 0; i < N; i += 2)
    for (int v = begin & -2; v < end; v += 2) {
      D z[2][2];
      normals(counted(LANES / 2 * v), i / 2, key, z);
      for (int n = 0; n < 2; n++)
        for (int half = 0; half < 2; half++)
          if (v + half >= begin && v + half < end) memory[0][i + n][v + half] = z[n][half];
    }
  if (WIDTH == 128)
    steps<6, 2>(begin, end, memory);
  else if ((end - begin) % 2 == 0)
    steps<8, 2>(begin, end, memory);
  else
    steps<16, 1>(begin, end, memory);
  D sum = D{};
  for (auto &entry : memory[STEPS % 2])
    for (int v = begin; v < end; v++) sum += entry[v];
  return {total(sum) / PATHS};
}

int main(int argc, char **argv) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) A[i][j] = 0.12 * std::sin(0.7 * i - 1.9 * j + 0.3);
  return serve(argc, argv, [](int threads) { return together(threads, ends); });
}
