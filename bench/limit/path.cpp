// W6 by hand: one path of a scalar equation, Euler's method, singles, 1000 steps; noise for as many steps
// as there are lanes is made at once. The end.
#include "generator.hpp"
#include "host.hpp"
#include <cmath>

static const int STEPS = 1000;

static Result end(int, int) {
  const Key key = key_of("OU.W");
  const float h = 0.001f, scale = 0.3f * std::sqrt(h);
  static float z[STEPS + 4 * LANES];
  for (int base = 0; base < STEPS; base += 4 * LANES) {
    Block words = philox({{counted(base / 4), U{}, U{}, U{}}}, key);
    V draws[4];
    for (int n = 0; n < 4; n += 2) pair(uniform(words.w[n]), uniform(words.w[n + 1]), draws[n], draws[n + 1]);
    for (int lane = 0; lane < LANES; lane++)
      for (int n = 0; n < 4; n++) z[base + 4 * lane + n] = draws[n][lane];
  }
  float x = 1.0f;
  for (int step = 0; step < STEPS; step++) x = std::fma(-0.5f * x, h, x) + scale * z[step];
  return {x};
}

int main(int argc, char **argv) {
  return serve(argc, argv, [](int) { return end(0, 1); });
}
