// W1b by hand: stochastic Lorenz with diagonal noise, Euler's method, doubles, 20,000 paths of 1000 steps.
// The mean of x at the end.
#include "generator.hpp"
#include "host.hpp"
#include <cmath>

static const int PATHS = 20000, STEPS = 1000;

struct State { D x, y, z; };

static inline void step(State &s, D a, D b, D c) {
  const D h = all(0.001), noise = all(0.15 * std::sqrt(0.001));
  D dx = 10.0 * (s.y - s.x), dy = fma(s.x, 28.0 - s.z, -s.y), dz = fma(s.x, s.y, (-8.0 / 3.0) * s.z);
  s = {fma(noise * s.x, a, fma(dx, h, s.x)), fma(noise * s.y, b, fma(dy, h, s.y)),
       fma(noise * s.z, c, fma(dz, h, s.z))};
}

// Two steps take six draws, three blocks.
static Result ends(int thread, int threads) {
  const Key key = key_of("Lorenz.W");
  double sum = 0;
  for (int base = LANES * thread; base < PATHS; base += LANES * threads) {
    U path = counted(base);
    State s[2];
    for (int half = 0; half < 2; half++) s[half] = {all(1.0), all(1.0), all(1.0)};
    for (int pair = 0; pair < STEPS / 2; pair++) {
      D z[3][2][2];
      for (int block = 0; block < 3; block++) normals(path, 3 * pair + block, key, z[block]);
      for (int half = 0; half < 2; half++) {
        step(s[half], z[0][0][half], z[0][1][half], z[1][0][half]);
        step(s[half], z[1][1][half], z[2][0][half], z[2][1][half]);
      }
    }
    sum += total(s[0].x) + total(s[1].x);
  }
  return {sum / PATHS};
}

int main(int argc, char **argv) {
  return serve(argc, argv, [](int threads) { return together(threads, ends); });
}
