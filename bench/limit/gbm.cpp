// W1 by hand: geometric Brownian motion, Euler's method, singles, 2^20 paths of 256 steps.
// Prints threads, seconds and the mean of the ends: the best of several runs for each.
#include "generator.hpp"
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

static const int PATHS = 1 << 20, STEPS = 256, HELD = 2;

static double ends(int first, int past) {
  const float h = 1.0f / STEPS;
  const V mu = all(0.05f), sigma = all(0.2f), root = all(std::sqrt(h)), step = all(h);
  double sum = 0;
  for (int base = first; base < past; base += 4 * HELD) {
    V x[HELD];
    U path[HELD];
    for (int k = 0; k < HELD; k++) {
      x[k] = all(1.0f);
      path[k] = U{0, 1, 2, 3} + (uint32_t)(base + 4 * k);
    }
    for (int block = 0; block < STEPS / 4; block++) {
      V z[HELD][4];
      for (int k = 0; k < HELD; k++) normals(path[k], block, 12345u, 67890u, z[k]);
      for (int n = 0; n < 4; n++)
        for (int k = 0; k < HELD; k++) x[k] = fma(z[k][n] * root, x[k] * sigma, fma(x[k] * mu, step, x[k]));
    }
    for (int k = 0; k < HELD; k++)
      for (int lane = 0; lane < 4; lane++) sum += x[k][lane];
  }
  return sum;
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  double best = INFINITY, mean = 0;
  for (int repeat = 0; repeat < 5; repeat++) {
    std::vector<double> sums(threads);
    std::vector<std::thread> running;
    auto begin = std::chrono::steady_clock::now();
    for (int t = 0; t < threads; t++)
      running.emplace_back([&, t] { sums[t] = ends(PATHS / threads * t, PATHS / threads * (t + 1)); });
    for (auto &thread : running) thread.join();
    best = std::fmin(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    mean = 0;
    for (double sum : sums) mean += sum / PATHS;
  }
  std::printf("{\"seconds\": %.9f, \"value\": %.9f}\n", best, mean);
}
