// W5 by hand: Lorenz from values of rho in [0, 21], steps of tsit5 chosen to 1e-6, singles, 4096 paths.
// The mean of x at the end, and the most attempts.
#include "generator.hpp"
#include "host.hpp"
#include <algorithm>

static const int PATHS = 4096;

struct State { V x, y, z; };

static inline State drift(State s, V rho) {
  return {10.0f * (s.y - s.x), fma(s.x, rho - s.z, -s.y), fma(s.x, s.y, (-8.0f / 3.0f) * s.z)};
}

// `y + h (c0 k0 + c1 k1 + ...)`
template <class... C> static inline State along(State y, V h, const State *k, float first, C... rest) {
  State sum = {first * k->x, first * k->y, first * k->z};
  for (float c : std::initializer_list<float>{rest...}) {
    k++;
    sum = {fma(all(c), k->x, sum.x), fma(all(c), k->y, sum.y), fma(all(c), k->z, sum.z)};
  }
  return {fma(h, sum.x, y.x), fma(h, sum.y, y.y), fma(h, sum.z, y.z)};
}

static inline V part(V error, V before, V after) {
  V size = most(__builtin_elementwise_abs(before), __builtin_elementwise_abs(after));
  V ratio = error / fma(all(1e-6f), size, all(1e-6f));
  return ratio * ratio;
}

static inline V norm(State error, State before, State after) {
  V sum = part(error.x, before.x, after.x) + part(error.y, before.y, after.y) + part(error.z, before.z, after.z);
  return root(sum * (1.0f / 3.0f));
}

static inline State pick(I mask, State a, State b) {
  return {pick(mask, a.x, b.x), pick(mask, a.y, b.y), pick(mask, a.z, b.z)};
}

static Result ends(int thread, int threads) {
  const Key key = key_of("Lorenz.ρ");
  double sum = 0, longest = 0;
  for (int base = LANES * thread; base < PATHS; base += LANES * threads) {
    V rho = 21.0f * uniform(block_of(counted(base), 0, key).w[0]);
    State y = {all(1.0f), V{}, V{}}, k[7];
    k[0] = drift(y, rho);
    V t = V{}, before = V{}, earlier = V{}, growth = all(10.0f);
    // The first step: Hairer, Nørsett and Wanner, with the norm of an error for the norm of a state.
    State zero = {V{}, V{}, V{}};
    V d0 = norm(y, y, zero), d1 = norm(k[0], y, zero), h0 = 0.01f * d0 / d1;
    State there = drift({fma(h0, k[0].x, y.x), fma(h0, k[0].y, y.y), fma(h0, k[0].z, y.z)}, rho);
    V d2 = norm({there.x - k[0].x, there.y - k[0].y, there.z - k[0].z}, y, zero) / h0;
    V h = least(100.0f * h0, exp_of(0.2f * log_of(0.01f / most(d1, d2))));
    I going = (I)(t < all(1.0f));
    int attempts = 0;
    for (;; attempts++) {
      int any = 0;
      for (int lane = 0; lane < LANES; lane++) any |= going[lane];
      if (!any) break;
      V left = 1.0f - t;
      I lands = (I)(left <= h * 1.000001f);
      V taken = pick(lands, left, h);
      k[1] = drift(along(y, taken, k, 0.161f), rho);
      k[2] = drift(along(y, taken, k, -0.008480655f, 0.335480655f), rho);
      k[3] = drift(along(y, taken, k, 2.8971530f, -6.3594484f, 4.3622954f), rho);
      k[4] = drift(along(y, taken, k, 5.3258648f, -11.748883f, 7.4955393f, -0.09249506f), rho);
      k[5] = drift(along(y, taken, k, 5.8614554f, -12.920969f, 8.1593678f, -0.07158497f, -0.02826905f), rho);
      State next = along(y, taken, k, 0.09646076f, 0.01f, 0.47988965f, 1.3790085f, -3.2900695f, 2.3247105f);
      k[6] = drift(next, rho);
      State error = along(zero, taken, k, -0.001780011f, -0.00081643445f, 0.0078808780f, -0.14471100f, 0.58235716f,
                          -0.45808210f, 1.0f / 66.0f);
      V size = most(norm(error, y, next), all(1e-10f)), log = log_of(size);
      I accepted = (I)(size <= all(1.0f)) & going;
      V gain = fma(all(-0.49f / 5), log, fma(all(0.34f / 5), before, (-0.10f / 5) * earlier));
      V factor = 0.9f * exp_of(pick(accepted, gain, (-1.0f / 5) * log));
      factor = least(most(factor, all(0.2f)), pick(accepted, growth, all(0.9f)));
      growth = pick(accepted, all(10.0f), all(1.0f));
      I learns = accepted & ~lands;
      earlier = pick(learns, before, earlier);
      before = pick(learns, log, before);
      h = taken * factor;
      t = pick(accepted, pick(lands, all(1.0f), t + taken), t);
      y = pick(accepted, next, y);
      k[0] = pick(accepted, k[6], k[0]);
      going = (I)(t < all(1.0f));
    }
    sum += total(y.x);
    longest = std::max(longest, (double)attempts);
  }
  return {sum / PATHS};
}

int main(int argc, char **argv) {
  return serve(argc, argv, [](int threads) { return together(threads, ends); });
}
