/* power.h: a^b, lane by lane; signs, zeros, infinities and NaN are those of C's pow (C11 F.10.4.4).
 *
 * f32: 2^(b log2 |a|) in double, so that nothing is lost between the two: log2 m = 2 artanh((m - 1) / (m + 1)) / ln 2
 * for m in [sqrt 1/2, sqrt 2), and 2^f by its series for |f| <= 1/2.  Each is good to 2^-32.  f64: vec.h. */
#ifndef LUNETTE_POWER_H
#define LUNETTE_POWER_H
#include "wide.h"

#if defined(KERNEL_f32)
/* Of x >= 0, infinity or NaN. */
INLINE wd wd_log2(wd x) {
  const wb biased = ((wb)x - (wb)wd_all(0.70710678118654752) + (wb)wd_all(1)) >> 52;
  const wd m = (wd)((wb)x - ((biased - 1023) << 52));
  const wd e = (wd)(biased | (wb)wd_all(0x1p52)) - wd_all(0x1p52 + 1023);
  const wd t = (m - 1) / (m + 1), s = t * t;
  wd sum = s * (1.0 / 13) + 1.0 / 11;
  sum = sum * s + 1.0 / 9;
  sum = sum * s + 1.0 / 7;
  sum = sum * s + 1.0 / 5;
  sum = sum * s + 1.0 / 3;
  sum = sum * s + 1;
  const wd log = e + t * sum * 2.8853900817779268; /* 2 / ln 2 */
  return wd_select((wb)(x == 0), wd_all(-INFINITY), wd_select((wb)(x < INFINITY), log, x));
}

/* Beyond f32 0 and infinity, once it is one. */
INLINE wd wd_exp2(wd z) {
  const wd magic = wd_all(0x1.8p52), most = wd_all(200);
  wd x = wd_select((wb)(z < most), z, most);
  x = wd_select((wb)(x > -most), x, -most);
  const wd shifted = x + magic, f = x - (shifted - magic);
  wd sum = f * 1.3215486790144309e-6 + 1.5252733804059840e-5; /* (ln 2)^k / k! */
  sum = sum * f + 1.5403530393381609e-4;
  sum = sum * f + 1.3333558146428443e-3;
  sum = sum * f + 9.6181291076284772e-3;
  sum = sum * f + 5.5504108664821580e-2;
  sum = sum * f + 0.24022650695910072;
  sum = sum * f + 0.69314718055994531;
  sum = sum * f + 1;
  return wd_select((wb)(z == z), (wd)((wb)sum + ((wb)shifted << 52)), z);
}

INLINE vr v_pow(vr a, vr b) {
  union {
    vr whole;
    half_vr half[2];
  } x = {v_abs(a)}, y = {b}, p;
  for (int h = 0; h < 2; h++) {
    const wd log = wd_log2(wd_of(x.half[h]));
    p.half[h] = wd_narrow(wd_exp2(wd_of(y.half[h]) * log));
  }
  const vr zero = {0}, one = v_all(1), far = v_all(INFINITY), floor = v_floor(b);
  const vb whole = (vb)(floor == b), odd = whole & (vb)(v_floor(b / 2) * 2 != b) & (vb)(v_abs(b) < far);
  const vb sign = v_bits(a) & v_bits(v_all((real)-0.0)) & odd;
  vr r = v_of(v_bits(p.whole) ^ sign);
  r = v_select((vb)(a < zero) & (vb)(a > -far) & ~whole, v_all(NAN), r);
  return v_select((vb)(b == zero) | (vb)(a == one) | ((vb)(a == -one) & (vb)(v_abs(b) == far)), one, r);
}
#endif
#endif
