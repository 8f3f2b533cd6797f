// W1 by hand: geometric Brownian motion, Euler's method, singles, 2^20 paths of 256 steps. The mean of the ends.
#include "generator.hpp"
#include "host.hpp"
#include <cmath>

static const int PATHS = 1 << 20, STEPS = 256, HELD = 2;

static Result ends(int thread, int threads) {
  const Key key = key_of("GBM.W");
  const float h = 1.0f / STEPS;
  const V mu = all(0.05f), sigma = all(0.2f), scale = all(std::sqrt(h)), step = all(h);
  double sum = 0;
  for (int base = PATHS / threads * thread; base < PATHS / threads * (thread + 1); base += LANES * HELD) {
    V x[HELD];
    U path[HELD];
    for (int k = 0; k < HELD; k++) {
      x[k] = all(1.0f);
      path[k] = counted(base + LANES * k);
    }
    for (int block = 0; block < STEPS / 4; block++) {
      V z[HELD][4];
      for (int k = 0; k < HELD; k++) normals(path[k], block, key, z[k]);
      for (int n = 0; n < 4; n++)
        for (int k = 0; k < HELD; k++) x[k] = fma(z[k][n] * scale, x[k] * sigma, fma(x[k] * mu, step, x[k]));
    }
    for (int k = 0; k < HELD; k++) sum += total(x[k]);
  }
  return {sum / PATHS};
}

int main(int argc, char **argv) {
  return serve(argc, argv, [](int threads) { return together(threads, ends); });
}
