"""Numbers of sixteen subjects, and what is done to them: the head of every generated kernel.

It is C++ in a Python file so that the checksum of the code covers it.
"""

LANES_HEADER = r"""
// Sixteen subjects at a time: numbers of single precision, whole numbers and masks, and what is done to them.
// Each function is there for lanes and for a number that all subjects share, so that generated code need not choose.
#pragma once
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define IN static inline __attribute__((always_inline))

typedef float F __attribute__((vector_size(64)));
typedef int32_t I __attribute__((vector_size(64)));
typedef uint32_t U __attribute__((vector_size(64)));
struct M {
    __mmask16 m;
};
static const int LANES = 16;

// All lanes alike.
IN F B(float x) { return (F)_mm512_set1_ps(x); }
IN I B(int32_t x) { return (I)_mm512_set1_epi32(x); }
IN U B(uint32_t x) { return (U)_mm512_set1_epi32((int)x); }
IN M B(bool x) { return M{(__mmask16)(x ? 0xFFFF : 0)}; }

// Masks.
IN M operator&(M a, M b) { return M{_kand_mask16(a.m, b.m)}; }
IN M operator|(M a, M b) { return M{_kor_mask16(a.m, b.m)}; }
IN M operator^(M a, M b) { return M{_kxor_mask16(a.m, b.m)}; }
IN M inv(M a) { return M{_knot_mask16(a.m)}; }
IN bool inv(bool a) { return !a; }
IN I inv(I a) { return ~a; }
IN U inv(U a) { return ~a; }
IN int32_t inv(int32_t a) { return ~a; }
IN uint32_t inv(uint32_t a) { return ~a; }
IN bool any(M a) { return a.m != 0; }
IN bool any(bool a) { return a; }

// Comparisons; those of numbers are false where one is not a number, but for `ne`.
#define COMPARE(name, op, of_floats, of_ints)                                                              \
    IN M name(F a, F b) { return M{_mm512_cmp_ps_mask((__m512)a, (__m512)b, of_floats)}; }                 \
    IN M name(I a, I b) { return M{_mm512_cmp_epi32_mask((__m512i)a, (__m512i)b, of_ints)}; }              \
    IN M name(U a, U b) { return M{_mm512_cmp_epu32_mask((__m512i)a, (__m512i)b, of_ints)}; }              \
    IN bool name(float a, float b) { return a op b; }                                                      \
    IN bool name(int32_t a, int32_t b) { return a op b; }                                                  \
    IN bool name(uint32_t a, uint32_t b) { return a op b; }
COMPARE(lt, <, _CMP_LT_OQ, _MM_CMPINT_LT)
COMPARE(le, <=, _CMP_LE_OQ, _MM_CMPINT_LE)
COMPARE(gt, >, _CMP_GT_OQ, _MM_CMPINT_NLE)
COMPARE(ge, >=, _CMP_GE_OQ, _MM_CMPINT_NLT)
COMPARE(eq, ==, _CMP_EQ_OQ, _MM_CMPINT_EQ)
COMPARE(ne, !=, _CMP_NEQ_UQ, _MM_CMPINT_NE)
IN M eq(M a, M b) { return inv(a ^ b); }
IN M ne(M a, M b) { return a ^ b; }
IN bool eq(bool a, bool b) { return a == b; }
IN bool ne(bool a, bool b) { return a != b; }

// One of two: the first where the mask is set.
IN F sel(M m, F a, F b) { return (F)_mm512_mask_blend_ps(m.m, (__m512)b, (__m512)a); }
IN I sel(M m, I a, I b) { return (I)_mm512_mask_blend_epi32(m.m, (__m512i)b, (__m512i)a); }
IN U sel(M m, U a, U b) { return (U)_mm512_mask_blend_epi32(m.m, (__m512i)b, (__m512i)a); }
IN M sel(M m, M a, M b) { return (m & a) | (inv(m) & b); }
template <class T> IN T sel(bool m, T a, T b) { return m ? a : b; }

// One rounding instead of two: written out, so that results do not depend on what a compiler fuses.
IN F multiplied_and_added(F a, F b, F c) { return (F)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
IN F multiplied_and_taken(F a, F b, F c) { return (F)_mm512_fmsub_ps((__m512)a, (__m512)b, (__m512)c); }
IN F taken_from(F a, F b, F c) { return (F)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c); }

// Larger and smaller; not a number where one of them is none. The instruction gives its second operand then.
IN F nan_of(F a, F chosen) {
    return (F)_mm512_mask_mov_ps((__m512)chosen, _mm512_cmp_ps_mask((__m512)a, (__m512)a, _CMP_UNORD_Q), (__m512)a);
}
IN F larger(F a, F b) { return nan_of(a, (F)_mm512_max_ps((__m512)a, (__m512)b)); }
IN F smaller(F a, F b) { return nan_of(a, (F)_mm512_min_ps((__m512)a, (__m512)b)); }
IN F larger_known(F known, F b) { return (F)_mm512_max_ps((__m512)known, (__m512)b); }
IN F smaller_known(F known, F b) { return (F)_mm512_min_ps((__m512)known, (__m512)b); }
IN float larger(float a, float b) { return a != a ? a : (b != b ? b : (a > b ? a : b)); }
IN float smaller(float a, float b) { return a != a ? a : (b != b ? b : (a < b ? a : b)); }
IN float larger_known(float a, float b) { return larger(a, b); }
IN float smaller_known(float a, float b) { return smaller(a, b); }
IN I larger(I a, I b) { return (I)_mm512_max_epi32((__m512i)a, (__m512i)b); }
IN I smaller(I a, I b) { return (I)_mm512_min_epi32((__m512i)a, (__m512i)b); }
IN U larger(U a, U b) { return (U)_mm512_max_epu32((__m512i)a, (__m512i)b); }
IN U smaller(U a, U b) { return (U)_mm512_min_epu32((__m512i)a, (__m512i)b); }
IN int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }
IN int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

// Kinds.
IN F to_f(I a) { return __builtin_convertvector(a, F); }
IN F to_f(U a) { return __builtin_convertvector(a, F); }
IN F to_f(M m) { return (F)_mm512_maskz_mov_ps(m.m, _mm512_set1_ps(1.0f)); }
IN I to_i(F a) { return (I)_mm512_cvttps_epi32((__m512)a); }
IN I to_i(U a) { return (I)a; }
IN I to_i(M m) { return (I)_mm512_maskz_set1_epi32(m.m, 1); }
IN U to_u(F a) { return (U)_mm512_cvttps_epu32((__m512)a); }
IN U to_u(I a) { return (U)a; }
IN U to_u(M m) { return (U)_mm512_maskz_set1_epi32(m.m, 1); }
IN M to_b(F a) { return ne(a, B(0.0f)); }
IN M to_b(I a) { return ne(a, B(0)); }
IN M to_b(U a) { return ne(a, B(0u)); }
template <class T> IN float to_f(T a) { return (float)a; }
template <class T> IN int32_t to_i(T a) { return (int32_t)a; }
template <class T> IN uint32_t to_u(T a) { return (uint32_t)a; }
template <class T> IN bool to_b(T a) { return a != 0; }
IN F bits_f(U a) { return (F)a; }
IN U bits_u(F a) { return (U)a; }
IN float bits_f(uint32_t a) { float f; memcpy(&f, &a, 4); return f; }
IN uint32_t bits_u(float a) { uint32_t u; memcpy(&u, &a, 4); return u; }

// Whole numbers.
IN U shl(U a, U b) { return (U)_mm512_sllv_epi32((__m512i)a, (__m512i)b); }
IN I shl(I a, I b) { return (I)_mm512_sllv_epi32((__m512i)a, (__m512i)b); }
IN U shr(U a, U b) { return (U)_mm512_srlv_epi32((__m512i)a, (__m512i)b); }
IN I shr(I a, I b) { return (I)_mm512_srlv_epi32((__m512i)a, (__m512i)b); }
IN uint32_t shl(uint32_t a, uint32_t b) { return b < 32 ? a << b : 0; }
IN int32_t shl(int32_t a, int32_t b) { return (int32_t)shl((uint32_t)a, (uint32_t)b); }
IN uint32_t shr(uint32_t a, uint32_t b) { return b < 32 ? a >> b : 0; }
IN int32_t shr(int32_t a, int32_t b) { return (int32_t)shr((uint32_t)a, (uint32_t)b); }
template <int N> IN U left(U a) { return (U)_mm512_slli_epi32((__m512i)a, N); }
template <int N> IN U right(U a) { return (U)_mm512_srli_epi32((__m512i)a, N); }
template <int N> IN U turned(U a) { return (U)_mm512_rol_epi32((__m512i)a, N); }
IN I quotient(I a, I b) {  // towards 0; exact, since double precision holds both
    __m256i al = _mm512_castsi512_si256((__m512i)a), bl = _mm512_castsi512_si256((__m512i)b);
    __m256i ah = _mm512_extracti64x4_epi64((__m512i)a, 1), bh = _mm512_extracti64x4_epi64((__m512i)b, 1);
    __m256i low = _mm512_cvttpd_epi32(_mm512_div_pd(_mm512_cvtepi32_pd(al), _mm512_cvtepi32_pd(bl)));
    __m256i high = _mm512_cvttpd_epi32(_mm512_div_pd(_mm512_cvtepi32_pd(ah), _mm512_cvtepi32_pd(bh)));
    return (I)_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}
IN int32_t quotient(int32_t a, int32_t b) { return b == 0 ? -1 : a / b; }
IN I remainder_of(I a, I b) { return a - quotient(a, b) * b; }
IN int32_t remainder_of(int32_t a, int32_t b) { return b == 0 ? a : a % b; }
IN I sign_of(I a) { return larger(smaller(a, B(1)), B(-1)); }
IN int32_t sign_of(int32_t a) { return (a > 0) - (a < 0); }
IN U count_bits(U a) {
    a = a - ((a >> 1) & 0x55555555u);
    a = (a & 0x33333333u) + ((a >> 2) & 0x33333333u);
    return (((a + (a >> 4)) & 0x0F0F0F0Fu) * 0x01010101u) >> 24;
}
IN uint32_t count_bits(uint32_t a) { return (uint32_t)__builtin_popcount(a); }

// Functions of one number.
IN F size_of(F a) { return (F)_mm512_abs_ps((__m512)a); }
IN I size_of(I a) { return (I)_mm512_abs_epi32((__m512i)a); }
IN float size_of(float a) { return fabsf(a); }
IN int32_t size_of(int32_t a) { return a < 0 ? -a : a; }
IN F root(F a) { return (F)_mm512_sqrt_ps((__m512)a); }
IN float root(float a) { return sqrtf(a); }
IN F whole_below(F a) { return (F)_mm512_roundscale_ps((__m512)a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
IN float whole_below(float a) { return floorf(a); }
IN F nearest(F a) { return (F)_mm512_roundscale_ps((__m512)a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
IN float nearest(float a) { return rintf(a); }
IN M finite(F a) { return lt(size_of(a), B(INFINITY)); }
IN bool finite(float a) { return isfinite(a); }

// Exponential: 2^n times a polynomial (Cephes), within 1.5 units in the last place.
IN __m512 exp_part(F x, __m512 &n) {
    __m512 a = _mm512_min_ps(_mm512_set1_ps(89.0f), _mm512_max_ps(_mm512_set1_ps(-105.0f), (__m512)x));
    n = (__m512)nearest((F)_mm512_mul_ps(a, _mm512_set1_ps(1.44269504f)));
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), a);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
    __m512 p = _mm512_set1_ps(1.9875691500e-4f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
    return _mm512_fmadd_ps(_mm512_mul_ps(r, r), p, r);  // e^r - 1
}
IN F exponential(F x) {
    __m512 n, less_one = exp_part(x, n);
    return (F)_mm512_scalef_ps(_mm512_add_ps(less_one, _mm512_set1_ps(1.0f)), n);
}
IN F exponential_less_one(F x) {
    __m512 n, less_one = exp_part(x, n), power = _mm512_scalef_ps(_mm512_set1_ps(1.0f), n);
    return (F)_mm512_fmadd_ps(power, less_one, _mm512_sub_ps(power, _mm512_set1_ps(1.0f)));
}
IN float exponential(float x) { return exponential(B(x))[0]; }
IN float exponential_less_one(float x) { return exponential_less_one(B(x))[0]; }

// Natural logarithm (Cephes), within 1.5 units in the last place.
IN F logarithm(F x) {
    __m512 a = (__m512)x, e = _mm512_getexp_ps(a), m = _mm512_getmant_ps(a, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_nan);
    __mmask16 k = _mm512_cmp_ps_mask(m, _mm512_set1_ps(1.41421356f), _CMP_GT_OQ);
    m = _mm512_mask_mul_ps(m, k, m, _mm512_set1_ps(0.5f));
    e = _mm512_mask_add_ps(e, k, e, _mm512_set1_ps(1.0f));
    __m512 f = _mm512_sub_ps(m, _mm512_set1_ps(1.0f)), z = _mm512_mul_ps(f, f), p = _mm512_set1_ps(7.0376836292e-2f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(-1.1514610310e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.1676998740e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(-1.2420140846e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.4249322787e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(-1.6668057665e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.0000714765e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(-2.4999993993e-1f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(3.3333331174e-1f));
    p = _mm512_mul_ps(_mm512_mul_ps(p, f), z);
    p = _mm512_fmadd_ps(e, _mm512_set1_ps(-2.12194440e-4f), p);
    p = _mm512_fnmadd_ps(_mm512_set1_ps(0.5f), z, p);
    p = _mm512_fmadd_ps(e, _mm512_set1_ps(0.693359375f), _mm512_add_ps(f, p));
    __mmask16 ends = _mm512_cmp_ps_mask(_mm512_abs_ps(e), _mm512_set1_ps(INFINITY), _CMP_EQ_OQ);  // of 0 and infinity
    return (F)_mm512_mask_mov_ps(p, ends, e);
}
IN float logarithm(float x) { return logarithm(B(x))[0]; }

// Power by logarithm and exponential: the error is that of single precision times the argument of the exponential.
IN F power(F x, F y) {
    return sel(eq(y, B(0.0f)), B(1.0f), exponential(y * logarithm(x)));
}
IN float power(float x, float y) { return power(B(x), B(y))[0]; }

// A polynomial, the coefficient of the highest power first.
template <int N> IN F polynomial(F x, const float (&coefficients)[N]) {
    F sum = B(coefficients[0]);
    for (int k = 1; k < N; k++) sum = multiplied_and_added(sum, x, B(coefficients[k]));
    return sum;
}

// Error function below 1, and what is missing to 1 above (Cephes ndtr); within some units in the last place.
IN F error_function_near(F x) {
    static const float near[] = {7.853861353153693e-5f, -8.010193625184903e-4f, 5.188327685732524e-3f,
                                 -2.685381193529856e-2f, 1.128358514861418e-1f, -3.761262582423300e-1f,
                                 1.128379165726710e+0f};
    return x * polynomial(x * x, near);
}
IN F error_function_far(F x) {
    static const float middle[] = {2.326819970068386e-2f, -1.387039388740657e-1f, 3.687424674597105e-1f,
                                   -5.824733027278666e-1f, 6.210004621745983e-1f, -4.944515323274145e-1f,
                                   3.404879937665872e-1f, -2.741127028184656e-1f, 5.638259427386472e-1f};
    static const float far[] = {-1.047766399936249e+1f, 1.297719955372516e+1f, -7.495518717768503e+0f,
                                2.921019019210786e+0f, -1.015265279202700e+0f, 4.218463358204948e-1f,
                                -2.820767439740514e-1f, 5.641895067754075e-1f};
    F size = size_of(x), q = B(1.0f) / size, y = q * q;
    F rest = exponential(B(0.0f) - x * x) * q * sel(lt(size, B(2.0f)), polynomial(y, middle), polynomial(y, far));
    return sel(lt(x, B(0.0f)), B(2.0f) - rest, rest);
}
IN F error_function(F x) {
    return sel(lt(size_of(x), B(1.0f)), error_function_near(x), B(1.0f) - error_function_far(x));
}
IN F error_function_rest(F x) {
    return sel(lt(size_of(x), B(1.0f)), B(1.0f) - error_function_near(x), error_function_far(x));
}
IN float error_function(float x) { return error_function(B(x))[0]; }
IN float error_function_rest(float x) { return error_function_rest(B(x))[0]; }

// Inverse error function: the polynomials of Giles (2010), as XLA has them.
IN F inverse_error_function(F x) {
    static const float near[] = {2.81022636e-08f, 3.43273939e-07f,  -3.5233877e-06f,  -4.39150654e-06f,
                                 0.00021858087f,  -0.00125372503f, -0.00417768164f, 0.246640727f,
                                 1.50140941f};
    static const float far[] = {-0.000200214257f, 0.000100950558f, 0.00134934322f, -0.00367342844f,
                                0.00573950773f,   -0.0076224613f,  0.00943887047f, 1.00167406f,
                                2.83297682f};
    F w = B(0.0f) - logarithm((B(1.0f) - x) * (B(1.0f) + x));
    return sel(lt(w, B(5.0f)), polynomial(w - B(2.5f), near), polynomial(root(w) - B(3.0f), far)) * x;
}
IN float inverse_error_function(float x) { return inverse_error_function(B(x))[0]; }

// Numbers too small for full precision count as 0 while this lives: they cost a hundred times as much.
struct NoSubnormals {
    unsigned before;
    NoSubnormals() : before(_mm_getcsr()) { _mm_setcsr(before | 0x8040); }
    ~NoSubnormals() { _mm_setcsr(before); }
};

// Tables in memory, read at a place that may differ between lanes.
IN F look(const float *table, I at) { return (F)_mm512_i32gather_ps((__m512i)at, table, 4); }
IN I look(const int32_t *table, I at) { return (I)_mm512_i32gather_epi32((__m512i)at, table, 4); }
IN U look(const uint32_t *table, I at) { return (U)_mm512_i32gather_epi32((__m512i)at, table, 4); }
IN I own_place(I at) { return at * LANES + (I){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }
IN F look(const F *table, I at) { return look((const float *)table, own_place(at)); }
IN I look(const I *table, I at) { return look((const int32_t *)table, own_place(at)); }
IN U look(const U *table, I at) { return look((const uint32_t *)table, own_place(at)); }
template <class T> IN T look(const T *table, int32_t at) { return table[at]; }

// Subjects of arrays, `step` numbers apart: with one instruction where memory holds numbers of this size. Others are
// not written out at every place, which would cost the compiler a fifth of its time more.
IN __m512i places(long step) {
    return (__m512i)((I){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} * B((int32_t)step));
}
template <class V, class T> __attribute__((noinline)) V loaded(const T *from, long step) {
    V v;
    for (int k = 0; k < LANES; k++) v[k] = from[k * step];
    return v;
}
template <> __attribute__((noinline)) M loaded<M, uint8_t>(const uint8_t *from, long step) {
    unsigned bits = 0;
    for (int k = 0; k < LANES; k++) bits |= (unsigned)(from[k * step] != 0) << k;
    return M{(__mmask16)bits};
}
template <> inline __attribute__((always_inline)) F loaded<F, float>(const float *from, long step) {
    return (F)_mm512_i32gather_ps(places(step), from, 4);
}
template <> inline __attribute__((always_inline)) I loaded<I, int32_t>(const int32_t *from, long step) {
    return (I)_mm512_i32gather_epi32(places(step), from, 4);
}
template <> inline __attribute__((always_inline)) U loaded<U, uint32_t>(const uint32_t *from, long step) {
    return (U)_mm512_i32gather_epi32(places(step), from, 4);
}
template <class V, class T> __attribute__((noinline)) void store(V v, T *to, long step) {
    for (int k = 0; k < LANES; k++) to[k * step] = (T)v[k];
}
IN void store(F v, float *to, long step) { _mm512_i32scatter_ps(to, places(step), (__m512)v, 4); }
IN void store(I v, int32_t *to, long step) { _mm512_i32scatter_epi32(to, places(step), (__m512i)v, 4); }
IN void store(U v, uint32_t *to, long step) { _mm512_i32scatter_epi32(to, places(step), (__m512i)v, 4); }
template <class T> IN void store(M v, T *to, long step) { store(to_i(v), to, step); }
"""
