/* conv_act.h: the activations that a convolution applies before it stores; for kernel files only. */
#ifndef LUNETTE_CONV_ACT_H
#define LUNETTE_CONV_ACT_H
#include "conv_kernel.h"
#include "vec.h"

INLINE vr activate(vr v, ConvAct act, vr slope) {
  const vr zero = {0};
  switch (act) {
  case ACT_relu: return v_select((vb)(v <= zero), zero, v); /* NaN stays */
  case ACT_relu6: return v_clamp(v, 0, 6);
  case ACT_leaky: return v_select((vb)(v < zero), v * slope, v);
  default: return v;
  }
}
#endif
