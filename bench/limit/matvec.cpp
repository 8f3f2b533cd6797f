// W7 by hand: a 64 x 64 matrix times a vector at each of 1000 steps, doubles, 16 paths. The mean of the
// sum of the ends. Blocks of 6 entries times 2 vectors at 128 bits, for 16 registers, 8 times 2 for 32.
#include "generator.hpp"
#include "host.hpp"
#include <cmath>

static const int N = 64, PATHS = 16, STEPS = 1000, VECTORS = 2 * PATHS / LANES;
static const int ROWS = WIDTH == 128 ? 6 : 8;
static double A[N][N];

template <int R> static inline void rows(int row, int v, const D (*x)[VECTORS], D (*y)[VECTORS]) {
  D sums[R][2];
  for (auto &sum : sums) sum[0] = sum[1] = D{};
#pragma clang loop unroll_count(4)
  for (int k = 0; k < N; k++)
    for (int r = 0; r < R; r++)
      for (int w = 0; w < 2; w++) sums[r][w] = fma(all(A[row + r][k]), x[k][v + w], sums[r][w]);
  for (int r = 0; r < R; r++)
    for (int w = 0; w < 2; w++) y[row + r][v + w] = fma(sums[r][w], all(0.001), x[row + r][v + w]);
}

static Result ends(int, int) {
  static D memory[2][N][VECTORS];
  const Key key = key_of("M.y");
  for (int i = 0; i < N; i += 2)
    for (int v = 0; v < VECTORS; v += 2) {
      D z[2][2];
      normals(counted(LANES / 2 * v), i / 2, key, z);
      for (int n = 0; n < 2; n++)
        for (int half = 0; half < 2; half++) memory[0][i + n][v + half] = z[n][half];
    }
  for (int step = 0; step < STEPS; step++)
    for (int v = 0; v < VECTORS; v += 2) {
      auto x = memory[step % 2], y = memory[1 - step % 2];
      int row = 0;
      for (; row + ROWS <= N; row += ROWS) rows<ROWS>(row, v, x, y);
      for (; row < N; row += 4) rows<4>(row, v, x, y);
    }
  D sum = D{};
  for (auto &entry : memory[STEPS % 2])
    for (D x : entry) sum += x;
  return {total(sum) / PATHS};
}

int main(int argc, char **argv) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) A[i][j] = 0.12 * std::sin(0.7 * i - 1.9 * j + 0.3);
  return serve(argc, argv, [](int) { return ends(0, 1); });
}
