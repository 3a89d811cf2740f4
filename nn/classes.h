/* classes.h: what losses over rows of C classes, x [..., C], check alike: class ids, a weight of each class, and whether
 * rows count alike; ids of rows of a table are checked the same way. */
#ifndef LUNETTE_CLASSES_H
#define LUNETTE_CLASSES_H
#include "op.h"

int64_t classes_rows(const Tensor *x); /* how many rows x has */
/* Is every id known at a glance to lie in 1..classes?  false: look at each. */
bool classes_all_within(const Tensor *ids, int64_t classes);
/* Every id of c->x[i], which is no meta tensor, lies in 1..classes or is `ignore` (OP_NONE: none is). */
bool classes_check_ids(const OpCall *c, int i, int64_t classes, double ignore, Err *e);
/* c->x[i], where it is given, has a number of x's dtype for each class of x = c->x[0]. */
bool classes_check_weight(const OpCall *c, int i, Err *e);
/* Does a mean over rows of ids divide by anything but their number?  Then forward keeps what it divides by
 * (reduction_keep_divisor). */
bool classes_counted(const OpCall *c, int weight, int reduction, double ignore);
/* y[i] = base_i - x_it, t = ids[i], for rows [begin, end) of n classes; 0 where t is `ignore`.  base: NULL for 0's. */
void classes_losses(const Tensor *x, const int64_t *ids, double ignore, const Tensor *base, int64_t begin,
                    int64_t end, double *y);

#endif
