/* Errors of the project's functions against 113-bit arithmetic, in units in the last place.

       gcc -O2 -o measure compiler/codegen/src/math/reference/measure.c -lquadmath -lm
       POINTS=10000000 cargo test -q --release -p sdec-codegen print_points -- --ignored --nocapture | ./measure

   What measure.py does with mpmath, a thousand times faster. An error is |result - exact| over the distance
   of the two floats around the exact value (the least distance below the normal range). */

#include <quadmath.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef __float128 quad;

static const quad ROOT_HALF = M_SQRT1_2q;

static quad normal_cdf(quad x) { return erfcq(-x * ROOT_HALF) / 2; }

/* Newton's method for the logarithm of the distribution function, from the result to be judged. */
static quad normal_quantile(quad p, quad x) {
    if (p == 0.5Q) return 0;
    if (p > 0.5Q) return -normal_quantile(1 - p, -x);
    for (int k = 0; k < 4; k++) {
        quad cdf = normal_cdf(x), density = expq(-x * x / 2) / sqrtq(2 * M_PIq);
        x -= logq(cdf / p) * cdf / density;
    }
    return x;
}

/* The recurrence up to 40, then the asymptotic series; by reflection below 0. */
static const quad BERNOULLI[] = {
    1.0Q / 6, -1.0Q / 30, 1.0Q / 42, -1.0Q / 30, 5.0Q / 66, -691.0Q / 2730, 7.0Q / 6, -3617.0Q / 510,
    43867.0Q / 798, -174611.0Q / 330, 854513.0Q / 138, -236364091.0Q / 2730, 8553103.0Q / 6};

static quad digamma(quad x) {
    if (x < 0) return digamma(1 - x) - M_PIq / tanq(M_PIq * (x - floorq(x)));
    quad sum = 0;
    for (; x < 40; x += 1) sum -= 1 / x;
    quad square = x * x, power = 1, series = 0;
    for (int k = 0; k < 13; k++) {
        power *= square;
        series -= BERNOULLI[k] / (2 * (k + 1) * power);
    }
    return sum + (logq(x) - 0.5Q / x + series);
}

static quad trigamma(quad x) {
    if (x < 0) {
        quad sine = sinq(M_PIq * (x - floorq(x)));
        return M_PIq * M_PIq / (sine * sine) - trigamma(1 - x);
    }
    quad sum = 0;
    for (; x < 40; x += 1) sum += 1 / (x * x);
    quad square = x * x, power = x, series = 0;
    for (int k = 0; k < 13; k++) {
        power *= square;
        series += BERNOULLI[k] / power;
    }
    return sum + (1 / x + 0.5Q / square + series);
}

static quad exact(const char *name, quad x, quad y, quad result) {
#define IS(word) if (strcmp(name, word) == 0)
    IS("exp") return expq(x);
    IS("log") return logq(x);
    IS("sin") return sinq(x);
    IS("cos") return cosq(x);
    IS("tan") return tanq(x);
    IS("tanh") return tanhq(x);
    IS("erf") return erfq(x);
    IS("erfc") return erfcq(x);
    IS("pow") return powq(x, y);
    IS("atan2") return atan2q(x, y);
    IS("expm1") return expm1q(x);
    IS("log1p") return log1pq(x);
    IS("sinh") return sinhq(x);
    IS("cosh") return coshq(x);
    IS("atan") return atanq(x);
    IS("sigmoid") return 1 / (1 + expq(-x));
    IS("silu") return x / (1 + expq(-x));
    IS("silu") return x / (1 + expq(-x));
    IS("softplus") return x < 0 ? log1pq(expq(x)) : x + log1pq(expq(-x));
    IS("normal_cdf") return normal_cdf(x);
    IS("normal_quantile") return normal_quantile(x, result);
    IS("lgamma") return lgammaq(x);
    IS("digamma") return digamma(x);
    IS("trigamma") return trigamma(x);
    IS("sinpi") return sinq(M_PIq * x);
    IS("cospi") return cosq(M_PIq * x);
    fprintf(stderr, "no reference for %s\n", name);
    exit(1);
}

static double number(const char *digits, int single) {
    uint64_t bits = strtoull(digits, NULL, 16);
    if (single) {
        uint32_t half = (uint32_t)bits;
        float x;
        memcpy(&x, &half, sizeof x);
        return x;
    }
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double error(double result, quad true_value, int single) {
    int precision = single ? 24 : 53, least = single ? -149 : -1074, exponent;
    if (true_value == 0) return result == 0 ? 0 : HUGE_VALQ;
    frexpq(true_value, &exponent);
    exponent = exponent - precision < least ? least : exponent - precision;
    quad unit = ldexpq(1, exponent);
    quad greatest = single ? (quad)3.40282346638528859811704183484516925440e38Q : (quad)1.7976931348623157e308;
    if (result - result != 0) return fabsq(true_value) >= greatest + unit / 2 ? 0 : HUGE_VALQ;
    return (double)(fabsq(result - true_value) / unit);
}

struct worst {
    char name[32];
    int single;
    long count;
    double ulps, x, y, result;
};

int main(void) {
    static struct worst table[128];
    int rows = 0;
    char line[256], name[32], kind[8], xs[24], ys[24], rs[24];
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%31s %7s %23s %23s %23s", name, kind, xs, ys, rs) != 5) continue;
        if (strcmp(kind, "f32") != 0 && strcmp(kind, "f64") != 0) continue;
        int single = kind[1] == '3', row = rows - 1;
        if (row < 0 || strcmp(table[row].name, name) != 0 || table[row].single != single) {
            row = rows++;
            strcpy(table[row].name, name);
            table[row].single = single;
            table[row].ulps = -1;
        }
        struct worst *at = &table[row];
        double x = number(xs, single), y = number(ys, single), result = number(rs, single);
        double ulps = error(result, exact(name, x, y, result), single);
        at->count++;
        if (!(ulps <= at->ulps)) {
            at->ulps = ulps, at->x = x, at->y = y, at->result = result;
        }
    }
    for (struct worst *at = table; at < table + rows; at++)
        printf("%-15s %s  %.3f ulp of %ld points, at %s(%.17g, %.17g) = %.17g\n", at->name,
               at->single ? "f32" : "f64", at->ulps, at->count, at->name, at->x, at->y, at->result);
    return 0;
}
