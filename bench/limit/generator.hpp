// The product's stream of random numbers (`docs/noise.md`) and its functions in single precision, by
// hand on vectors of `WIDTH` bits, one path a lane.
#pragma once
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>

#ifndef WIDTH
#define WIDTH 128
#endif

constexpr int LANES = WIDTH / 32;
typedef float V __attribute__((vector_size(WIDTH / 8)));
typedef uint32_t U __attribute__((vector_size(WIDTH / 8)));
typedef int32_t I __attribute__((vector_size(WIDTH / 8)));
typedef double D __attribute__((vector_size(WIDTH / 8)));
typedef uint64_t L __attribute__((vector_size(WIDTH / 8)));
typedef uint32_t Half __attribute__((vector_size(WIDTH / 16)));

static inline V all(float x) { return x - V{}; }
static inline D all(double x) { return x - D{}; }
static inline U all(uint32_t x) { return x + U{}; }
static inline V fma(V x, V y, V z) { return __builtin_elementwise_fma(x, y, z); }
static inline D fma(D x, D y, D z) { return __builtin_elementwise_fma(x, y, z); }
static inline V root(V x) { return __builtin_elementwise_sqrt(x); }
static inline D root(D x) { return __builtin_elementwise_sqrt(x); }
static inline V pick(I mask, V x, V y) { return (V)(((I)x & mask) | ((I)y & ~mask)); }
static inline V least(V x, V y) { return x < y ? x : y; }
static inline V most(V x, V y) { return x > y ? x : y; }
static inline U counted(uint32_t first) {
  U lanes;
  for (int lane = 0; lane < LANES; lane++) lanes[lane] = first + lane;
  return lanes;
}
static inline double total(V x) {
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += x[lane];
  return sum;
}
static inline double total(D x) {
  double sum = 0;
  for (int lane = 0; lane < LANES / 2; lane++) sum += x[lane];
  return sum;
}

// High and low words of the products with one number: those of even and of odd lanes at once.
static inline void product(U x, uint32_t m, U &high, U &low) {
  L even = ((L)x & 0xffffffffu) * (uint64_t)m, odd = ((L)x >> 32) * (uint64_t)m;
#if WIDTH == 128
  high = __builtin_shufflevector((U)even, (U)odd, 1, 5, 3, 7);
  low = __builtin_shufflevector((U)even, (U)odd, 0, 4, 2, 6);
#elif WIDTH == 256
  high = __builtin_shufflevector((U)even, (U)odd, 1, 9, 3, 11, 5, 13, 7, 15);
  low = __builtin_shufflevector((U)even, (U)odd, 0, 8, 2, 10, 4, 12, 6, 14);
#else
  high = __builtin_shufflevector((U)even, (U)odd, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  low = __builtin_shufflevector((U)even, (U)odd, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
#endif
}

struct Block { U w[4]; };
struct Key { uint32_t w[2]; };

static inline Block philox(Block c, Key key) {
  for (int round = 0; round < 10; round++) {
    U high0, low0, high1, low1;
    product(c.w[0], 0xD2511F53u, high0, low0);
    product(c.w[2], 0xCD9E8D57u, high1, low1);
    c = {{high1 ^ c.w[1] ^ all(key.w[0]), low1, high0 ^ c.w[3] ^ all(key.w[1]), low0}};
    key.w[0] += 0x9E3779B9u;
    key.w[1] += 0xBB67AE85u;
  }
  return c;
}

// The key of a stream under seed 0.
static inline Key key_of(std::string_view name) {
  uint64_t h = 0xCBF29CE484222325u;
  for (unsigned char byte : name) h = (h ^ byte) * 0x100000001B3u;
  h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9u;
  h = (h ^ h >> 27) * 0x94D049BB133111EBu;
  h ^= h >> 31;
  Block words = philox({{all((uint32_t)h), all((uint32_t)(h >> 32)), U{}, U{}}}, {{0, 0}});
  return {{words.w[0][0], words.w[1][0]}};
}

static inline V uniform(U w) { return fma(__builtin_convertvector(w, V), all(0x1p-32f), all(0x1p-33f)); }

// Of half of the lanes.
static inline D uniform(U high, U low, int half) {
  Half h, l;
  std::memcpy(&h, (const char *)&high + half * sizeof h, sizeof h);
  std::memcpy(&l, (const char *)&low + half * sizeof l, sizeof l);
  D small = fma(__builtin_convertvector(l, D), all(0x1p-64), all(0x1p-65));
  return fma(__builtin_convertvector(h, D), all(0x1p-32), small);
}

static inline V log_of(V x) {
  const uint32_t lowest = 0x3F2AAAABu;
  U raised = (U)x + (0x3F800000u - lowest);
  V k = (V)((raised >> 23) | 0x4B000000u) - (8388608.0f + 127.0f);
  V f = (V)((raised & 0x007fffffu) + lowest) - 1.0f;
  V p = all(-0.12884997f);
  for (float c : {0.14007773f, -0.12189678f, 0.14003296f, -0.166799f, 0.2001045f, -0.24999811f, 0.33333215f})
    p = fma(p, f, all(c));
  p = fma(fma(p, f, all(-0.5f)), f * f, f);
  return fma(k, all(0.69314718f), p);
}

static inline D log_of(D x) {
  const uint64_t lowest = 0x3FE6A09E667F3BCDu;
  L raised = (L)x + (0x3FF0000000000000u - lowest);
  D k = (D)((raised >> 52) | 0x4330000000000000u) - (4503599627370496.0 + 1023.0);
  D f = (D)((raised & 0x000fffffffffffffu) + lowest) - 1.0;
  D s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
  D p = all(0.14795738829016278);
  for (double c : {0.15314075348676318, 0.18183563176456286, 0.22222198599815463, 0.28571428742067256,
                   0.39999999999416536, 0.6666666666666734})
    p = fma(p, z, all(c));
  D small = half - fma(s, fma(z, p, half), k * 1.9082149292705877e-10);
  return fma(k, all(0.6931471803691238), f - small);
}

static inline void sincos_turns(V x, V &sin, V &cos) {
  const V magic = all(12582912.0f);
  V shifted = fma(x, all(4.0f), magic), r = fma(shifted - magic, all(-0.25f), x), square = r * r;
  V s = all(-76.774956f), c = all(-83.61791f);
  for (float a : {81.625626f, -41.341866f, 6.2831855f}) s = fma(s, square, all(a));
  for (float a : {64.92221f, -19.739162f, 1.0f}) c = fma(c, square, all(a));
  s = s * r;
  U quarter = (U)shifted;
  I odd = (I)((quarter & 1u) == 1u);
  sin = (V)((U)pick(odd, c, s) ^ ((quarter & 2u) << 30));
  cos = (V)((U)pick(odd, s, c) ^ (((quarter + 1u) & 2u) << 30));
}

static inline void sincos_turns(D x, D &sin, D &cos) {
  const D magic = all(6755399441055744.0);
  D shifted = fma(x, all(4.0), magic), r = fma(shifted - magic, all(-0.25), x), square = r * r;
  D s = all(3.7814180578128487), c = all(-1.6882977813932967);
  for (double a : {-15.093831869665031, 42.058685554396234, -76.70585970920133, 81.6052492759699, -41.34170224039968})
    s = fma(s, square, all(a));
  for (double a : {7.902629259527558, -26.426241132219594, 60.24464122723571, -85.45681720598925, 64.93939402266668,
                   -19.739208802178716, 1.0})
    c = fma(c, square, all(a));
  s = fma(r, all(6.283185307179586), r * fma(s, square, all(2.4492935982947064e-16)));
  L quarter = (L)shifted;
  L odd = (L)((quarter & 1u) == 1u);
  sin = (D)((((L)c & odd) | ((L)s & ~odd)) ^ ((quarter & 2u) << 62));
  cos = (D)((((L)s & odd) | ((L)c & ~odd)) ^ (((quarter + 1u) & 2u) << 62));
}

template <class F> static inline void pair(F u, F v, F &even, F &odd) {
  F sin, cos, radius = root(-2 * log_of(u));
  sincos_turns(v, sin, cos);
  even = radius * cos;
  odd = radius * sin;
}

static inline Block block_of(U path, uint32_t block, Key key) {
  return philox({{all(block), U{}, path, U{}}}, key);
}

// The four draws of a block.
static inline void normals(U path, uint32_t block, Key key, V z[4]) {
  Block words = block_of(path, block, key);
  for (int n = 0; n < 4; n += 2) pair(uniform(words.w[n]), uniform(words.w[n + 1]), z[n], z[n + 1]);
}

// The two draws of a block, `z[draw][half of the lanes]`.
static inline void normals(U path, uint32_t block, Key key, D z[2][2]) {
  Block words = block_of(path, block, key);
  for (int half = 0; half < 2; half++)
    pair(uniform(words.w[0], words.w[1], half), uniform(words.w[2], words.w[3], half), z[0][half], z[1][half]);
}

// `x = k log 2 + exact + low`, and the bits of `k + magic`.
static inline U reduce(V x, V &exact, V &low) {
  const V magic = all(12582912.0f);
  V shifted = fma(x, all(1.44269504f), magic), k = shifted - magic;
  exact = fma(k, all(-0.69314718f), x);
  low = k * all(1.904654e-9f);
  return (U)shifted;
}

static inline V exp_tail(V r) {
  V p = all(0.0013923878f);
  for (float c : {0.008366341f, 0.041666605f, 0.16666545f, 0.5f}) p = fma(p, r, all(c));
  return p;
}

// Of arguments whose exponential is a normal number.
static inline V exp_of(V x) {
  V exact, low;
  U k = reduce(x, exact, low);
  V r = exact + low, mantissa = fma(r * r, exp_tail(r), r) + 1.0f;
  return (V)((U)mantissa + (k << 23));
}

static inline V tanh_of(V x) {
  V square = x * x, p = all(-0.05131872f);
  p = fma(fma(p, square, all(0.13323411f)), square, all(-0.33333227f));
  V near = fma(x, square * p, x);
  V size = __builtin_elementwise_abs(x), small = least(size, all(9.5f));
  V exact, low;
  U k = reduce(small + small, exact, low);
  V r = exact + low, tail = fma(r * r, exp_tail(r), low);
  V power = (V)((k << 23) + 0x3F800000u), whole = power - 1.0f;
  V linear = fma(power, exact, whole), error = fma(power, exact, whole - linear);
  V e = linear + fma(power, tail, error), far = e / (e + 2.0f);
  far = (V)((U)far | ((U)x & 0x80000000u));
  return pick((I)(all(0.2554f) < size), far, near);
}
