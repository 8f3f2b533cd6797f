/* What every library has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#define SDEC_API __attribute__((visibility("default")))

struct sdec_args {
    const void *const *inputs;
    void *const *outputs;
    uint64_t paths;
    uint64_t first_path;
};

/* IEEE arithmetic for the length of a call; then the host's mode is back. */
#if defined(__SSE2__)
typedef unsigned sdec_mode;
static sdec_mode sdec_begin(void)
{
    sdec_mode hosts = _mm_getcsr();
    _mm_setcsr(0x1f80);
    return hosts;
}
static void sdec_end(sdec_mode hosts)
{
    _mm_setcsr(hosts);
}
#elif defined(__aarch64__)
typedef uint64_t sdec_mode;
static sdec_mode sdec_begin(void)
{
    sdec_mode hosts, ieee = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(hosts));
    __asm__ volatile("msr fpcr, %0" : : "r"(ieee) : "memory");
    return hosts;
}
static void sdec_end(sdec_mode hosts)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(hosts) : "memory");
}
#else
typedef unsigned sdec_mode;
static sdec_mode sdec_begin(void)
{
    return 0;
}
static void sdec_end(sdec_mode hosts)
{
    (void)hosts;
}
#endif

/* Whether the arguments of a call are such that the kernel can be entered. */
static int sdec_fits(const struct sdec_args *args, unsigned outputs, uint64_t begin, uint64_t end,
                     const void *scratch)
{
    if (args->paths == 0 || begin > end || end > args->paths / 16 + (args->paths % 16 != 0))
        return 0;
    for (unsigned k = 0; k < outputs; k++)
        if (!args->outputs[k] || (uintptr_t)args->outputs[k] % 64 != 0)
            return 0;
    return scratch && (uintptr_t)scratch % 64 == 0;
}

/* The key of a stream: Philox4x32-10 of the number of its name under the seed. */
static void __attribute__((unused)) sdec_key(uint64_t seed, uint64_t name, uint32_t key[2])
{
    uint32_t c[4] = { (uint32_t)name, (uint32_t)(name >> 32), 0, 0 };
    uint32_t k[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)c[0] * 0xD2511F53u, q = (uint64_t)c[2] * 0xCD9E8D57u;
        uint32_t next[4] = { (uint32_t)(q >> 32) ^ c[1] ^ k[0], (uint32_t)q,
                             (uint32_t)(p >> 32) ^ c[3] ^ k[1], (uint32_t)p };
        memcpy(c, next, sizeof c);
        k[0] += 0x9E3779B9u;
        k[1] += 0xBB67AE85u;
    }
    key[0] = c[0];
    key[1] = c[1];
}

static void *__attribute__((unused)) sdec_memory(size_t bytes)
{
    void *memory = 0;
    size_t whole = (bytes + 63) / 64 * 64;
    return posix_memalign(&memory, 64, whole ? whole : 64) == 0 ? memory : 0;
}

/* Mean and squared deviations over paths: by halves within a group, groups pairwise by the bits of
 * their numbers, in double precision. */
struct sdec_moments {
    double count, sum, squares;
};

static double __attribute__((unused)) sdec_half_sums(double x[16])
{
    for (unsigned half = 8; half > 0; half /= 2)
        for (unsigned i = 0; i < half; i++)
            x[i] = x[i] + x[i + half];
    return x[0];
}

static float __attribute__((unused)) sdec_half_sums_f32(float x[16])
{
    for (unsigned half = 8; half > 0; half /= 2)
        for (unsigned i = 0; i < half; i++)
            x[i] = x[i] + x[i + half];
    return x[0];
}

static void __attribute__((unused))
sdec_f64(const double *lanes, uint64_t entries, unsigned count, struct sdec_moments *moments)
{
    for (uint64_t e = 0; e < entries; e++, lanes += 16, moments++) {
        double x[16] = { 0 }, d[16] = { 0 };
        for (unsigned l = 0; l < count; l++)
            x[l] = lanes[l];
        moments->count = count;
        moments->sum = sdec_half_sums(x);
        for (unsigned l = 0; l < count; l++) {
            double apart = lanes[l] - moments->sum / count;
            d[l] = apart * apart;
        }
        moments->squares = sdec_half_sums(d);
    }
}

static void __attribute__((unused))
sdec_f32(const float *lanes, uint64_t entries, unsigned count, struct sdec_moments *moments)
{
    for (uint64_t e = 0; e < entries; e++, lanes += 16, moments++) {
        float x[16] = { 0 };
        double d[16] = { 0 };
        for (unsigned l = 0; l < count; l++)
            x[l] = lanes[l];
        moments->count = count;
        moments->sum = sdec_half_sums_f32(x);
        for (unsigned l = 0; l < count; l++) {
            double apart = lanes[l] - moments->sum / count;
            d[l] = apart * apart;
        }
        moments->squares = sdec_half_sums(d);
    }
}

/* Runs of groups, as large as they can be: at most one of each size, and the one that comes. */
struct sdec_tree {
    uint64_t entries;
    unsigned nodes;
    unsigned level[66];
    uint64_t index[66];
    struct sdec_moments *moments;
};

static int __attribute__((unused)) sdec_tree_new(struct sdec_tree *tree, uint64_t entries)
{
    tree->entries = entries;
    tree->nodes = 0;
    tree->moments = malloc(66 * (entries ? entries : 1) * sizeof *tree->moments);
    return tree->moments != 0;
}

static void __attribute__((unused)) sdec_tree_free(struct sdec_tree *tree)
{
    free(tree->moments);
}

/* Where the moments of the group that comes are written. */
static struct sdec_moments *__attribute__((unused)) sdec_tree_next(struct sdec_tree *tree)
{
    return tree->moments + tree->nodes * tree->entries;
}

static void __attribute__((unused)) sdec_tree_merge(struct sdec_tree *tree)
{
    struct sdec_moments *right = tree->moments + (tree->nodes - 1) * tree->entries;
    struct sdec_moments *left = right - tree->entries;
    for (uint64_t e = 0; e < tree->entries; e++) {
        struct sdec_moments *a = left + e, *b = right + e;
        double count = a->count + b->count;
        double apart = b->sum * (1.0 / b->count) - a->sum * (1.0 / a->count);
        double weight = a->count * b->count / count;
        a->squares = a->squares + b->squares + apart * apart * weight;
        a->sum = a->sum + b->sum;
        a->count = count;
    }
    tree->nodes--;
}

static void __attribute__((unused)) sdec_tree_push(struct sdec_tree *tree, uint64_t group)
{
    unsigned level = 0;
    uint64_t index = group;
    tree->nodes++;
    while (index % 2 == 1 && tree->nodes > 1 && tree->level[tree->nodes - 2] == level &&
           tree->index[tree->nodes - 2] == (index ^ 1)) {
        sdec_tree_merge(tree);
        level++;
        index /= 2;
    }
    tree->level[tree->nodes - 1] = level;
    tree->index[tree->nodes - 1] = index;
}

static void __attribute__((unused)) sdec_tree_finish(struct sdec_tree *tree)
{
    while (tree->nodes > 1)
        sdec_tree_merge(tree);
}

/* Means with their standard errors; whether all are finite. */
static int __attribute__((unused))
sdec_mean(const struct sdec_moments *moments, uint64_t entries, double *mean, double *error)
{
    int finite = 1;
    for (uint64_t e = 0; e < entries; e++) {
        const struct sdec_moments *m = moments + e;
        mean[e] = m->sum / m->count;
        error[e] = sqrt(m->squares / (m->count - 1.0) / m->count);
        finite = finite && isfinite(mean[e]);
    }
    return finite;
}

/* What all paths share is its own mean. */
#define SDEC_SAME(name, number)                                                \
    static int __attribute__((unused))                                         \
    name(const number *x, uint64_t entries, double *mean, double *error)       \
    {                                                                          \
        int finite = 1;                                                        \
        for (uint64_t e = 0; e < entries; e++) {                               \
            mean[e] = x[e];                                                    \
            error[e] = 0.0;                                                    \
            finite = finite && isfinite(mean[e]);                              \
        }                                                                      \
        return finite;                                                         \
    }
SDEC_SAME(sdec_same_f64, double)
SDEC_SAME(sdec_same_f32, float)

/* Less the sums; whether all are finite. */
static int __attribute__((unused))
sdec_less(const struct sdec_moments *moments, uint64_t entries, double *to)
{
    int finite = 1;
    for (uint64_t e = 0; e < entries; e++) {
        to[e] = -moments[e].sum;
        finite = finite && isfinite(to[e]);
    }
    return finite;
}

#define SDEC_LESS(name, number)                                                \
    static int __attribute__((unused))                                         \
    name(const number *x, uint64_t entries, uint64_t paths, double *to)        \
    {                                                                          \
        int finite = 1;                                                        \
        for (uint64_t e = 0; e < entries; e++) {                               \
            to[e] = -((double)x[e] * (double)paths);                           \
            finite = finite && isfinite(to[e]);                                \
        }                                                                      \
        return finite;                                                         \
    }
SDEC_LESS(sdec_less_f64, double)
SDEC_LESS(sdec_less_f32, float)
