/* together.c: see together.h. */
#include "together.h"

#include <stddef.h>

const Together *nn_together = NULL;
