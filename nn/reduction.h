/* reduction.h: what a loss does with its elements, rows or samples. */
#ifndef LUNETTE_REDUCTION_H
#define LUNETTE_REDUCTION_H
#include "params.h"

CHOICES(REDUCTION, mean, sum, none)

#endif
