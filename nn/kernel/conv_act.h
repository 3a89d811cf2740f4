/* conv_act.h: the activations that a convolution applies before it stores; for kernel files only. */
#ifndef LUNETTE_CONV_ACT_H
#define LUNETTE_CONV_ACT_H
#include "conv_kernel.h"
#include "vec.h"

INLINE vr activate(vr v, ConvAct act, vr slope) {
  const vr zero = {0};
  switch (act) {
  case ACT_relu: return v_at_least(v, zero); /* NaN stays */
  case ACT_relu6: return v_clamp(v, 0, 6);
  case ACT_leaky: return v_select((vb)(v < zero), v * slope, v);
  default: return v;
  }
}

/* The same of n vectors in registers: asked once for all of them. */
INLINE void activate_all(vr *v, const int n, ConvAct act, real slope) {
  const vr s = v_all(slope);
  if (act == ACT_relu) {
#pragma GCC unroll 28
    for (int i = 0; i < n; i++) v[i] = activate(v[i], ACT_relu, s);
  } else if (act == ACT_relu6) {
#pragma GCC unroll 28
    for (int i = 0; i < n; i++) v[i] = activate(v[i], ACT_relu6, s);
  } else if (act == ACT_leaky) {
#pragma GCC unroll 28
    for (int i = 0; i < n; i++) v[i] = activate(v[i], ACT_leaky, s);
  }
}
#endif
