// How many fused multiply-adds of singles a second: twelve chains of vectors, which never leave
// their registers. The answer's value is how many were made.
#include "generator.hpp"
#include "host.hpp"

static const int ROUNDS = 2000000, CHAINS = 12;

static Result multiply(int, int) {
  V x[CHAINS], a = all(0.999999f), b = all(1e-6f);
  for (int k = 0; k < CHAINS; k++) x[k] = all(1.0f + (float)k);
  for (int round = 0; round < ROUNDS; round++) {
    for (V &chain : x) chain = fma(chain, a, b);
    asm volatile("" : "+x"(a), "+x"(b));
  }
  double sum = 0;
  for (V chain : x) sum += total(chain);
  return {(double)ROUNDS * CHAINS * LANES + (sum > 1e30)};
}

int main(int argc, char **argv) {
  return serve(argc, argv, [](int threads) { return together(threads, multiply); });
}
