// The product's stream of random numbers in singles, by hand on vectors of 128 bits: Philox4x32-10,
// Box and Muller, the polynomials of `runtime/noise`.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <immintrin.h>

typedef float V __attribute__((vector_size(16)));
typedef uint32_t U __attribute__((vector_size(16)));
typedef int32_t I __attribute__((vector_size(16)));

static inline V all(float x) { return V{x, x, x, x}; }
static inline U all(uint32_t x) { return U{x, x, x, x}; }
static inline V fma(V x, V y, V z) { return (V)_mm_fmadd_ps((__m128)x, (__m128)y, (__m128)z); }

// High and low words of the products with one number: those of even and of odd places at once.
static inline void product(U x, U m, U &high, U &low) {
  __m128i even = _mm_mul_epu32((__m128i)x, (__m128i)m);
  __m128i odd = _mm_mul_epu32(_mm_srli_epi64((__m128i)x, 32), (__m128i)m);
  high = (U)_mm_blend_epi32(_mm_srli_epi64(even, 32), odd, 0b1010);
  low = (U)_mm_blend_epi32(even, _mm_slli_epi64(odd, 32), 0b1010);
}

struct Block { U w[4]; };

static inline Block philox(Block c, uint32_t k0, uint32_t k1) {
  const U m0 = all(0xD2511F53u), m1 = all(0xCD9E8D57u);
  for (int round = 0; round < 10; round++) {
    U high0, low0, high1, low1;
    product(c.w[0], m0, high0, low0);
    product(c.w[2], m1, high1, low1);
    c = {high1 ^ c.w[1] ^ all(k0), low1, high0 ^ c.w[3] ^ all(k1), low0};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

static inline V uniform(U w) {
  // Words as floats, rounded once.
#ifdef __AVX512VL__
  V x = (V)_mm_cvtepu32_ps((__m128i)w);
#else
  V high = __builtin_convertvector((I)(w >> 16), V), low = __builtin_convertvector((I)(w & 0xffff), V);
  V x = fma(high, all(65536.0f), low);
#endif
  return fma(x, all(0x1p-32f), all(0x1p-33f));
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

static inline void sincos_turns(V x, V &sin, V &cos) {
  const V magic = all(12582912.0f);
  V shifted = fma(x, all(4.0f), magic), r = fma(shifted - magic, all(-0.25f), x), square = r * r;
  V s = all(-76.774956f), c = all(-83.61791f);
  for (float a : {81.625626f, -41.341866f, 6.2831855f}) s = fma(s, square, all(a));
  for (float a : {64.92221f, -19.739162f, 1.0f}) c = fma(c, square, all(a));
  s = s * r;
  U quarter = (U)shifted;
  U odd = (U)((quarter & 1u) == 1u);
  V swapped_s = (V)(((U)c & odd) | ((U)s & ~odd)), swapped_c = (V)(((U)s & odd) | ((U)c & ~odd));
  sin = (V)((U)swapped_s ^ ((quarter & 2u) << 30));
  cos = (V)((U)swapped_c ^ (((quarter + 1u) & 2u) << 30));
}

// The four draws of a block for four paths.
static inline void normals(U path, uint32_t block, uint32_t k0, uint32_t k1, V z[4]) {
  Block words = philox({all(block), all(0u), path, all(0u)}, k0, k1);
  for (int pair = 0; pair < 4; pair += 2) {
    V u = uniform(words.w[pair]), v = uniform(words.w[pair + 1]), sin, cos;
    V radius = (V)_mm_sqrt_ps((__m128)(all(-2.0f) * log_of(u)));
    sincos_turns(v, sin, cos);
    z[pair] = radius * cos;
    z[pair + 1] = radius * sin;
  }
}
