/* names.c: "did you mean": the nearest of the names that there are, and what PyTorch, NumPy, Keras and Torch7
 * call the same thing. */
#include "sizes.h"
#include "vm.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* What it is called elsewhere and here; said only where the second is among the names at hand. */
static const char elsewhere[] =
    " torch:tensor np:tensor numpy:tensor F:nn plt:viz axis:dim axes:dim keepdims:keepdim "
    "learning_rate:lr kernel_size:kernel batch_size:batch n_epochs:epochs num_epochs:epochs "
    "optimizer:opt criterion:loss loss_fn:loss validation_split:val num_workers:workers size:shape "
    "matmul:mm bmm:mm numpy:totable tolist:totable T:t type:to astype:to fill:fill_ zero:zero_ "
    "copy:clone resize:reshape nElement:numel nDimension:dim len:size cmul:mul cdiv:div multiply:mul "
    "divide:div subtract:sub power:pow expand_dims:unsqueeze ravel:flatten concatenate:cat concat:cat "
    "amax:max amin:min manual_seed:seed manualSeed:seed no_grad_:no_grad updateOutput:forward "
    "Dense:Linear SpatialConvolution:Conv2d SpatialMaxPooling:MaxPool2d LookupTable:Embedding "
    "CrossEntropyLoss:cross_entropy CrossEntropyCriterion:cross_entropy MSELoss:mse MSECriterion:mse "
    "mse_loss:mse L1Loss:l1 NLLLoss:nll nll_loss:nll ClassNLLCriterion:nll BCEWithLogitsLoss:bce_logits "
    "DataLoader:loader imshow:image scatter:points clip_grad_norm_:clip_grad_norm "
    "clip_grad_value_:clip_grad_value zeroGrad:zero_grad epochs:iterations iterations:epochs "
    "steps:iterations steps:epochs state_dict:state load_state_dict:load_state ";

/* Edit distance of short names, transposed neighbours counted as one step. */
int vm_distance(const char *a, const char *b) {
  enum { MOST = 40 };
  size_t na = strlen(a), nb = strlen(b);
  if (na > MOST || nb > MOST) return 8;
  int64_t d[MOST + 1][MOST + 1];
  for (size_t i = 0; i <= na; i++) d[i][0] = (int64_t)i;
  for (size_t j = 0; j <= nb; j++) d[0][j] = (int64_t)j;
  for (size_t i = 1; i <= na; i++)
    for (size_t j = 1; j <= nb; j++) {
      d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
    }
  return (int)least(d[na][nb], 8);
}

static const char *same_elsewhere(const char *word, const char *const *names) {
  char key[48];
  int n = snprintf(key, sizeof key, " %s:", word);
  if (n >= (int)sizeof key || strchr(word, ' ')) return NULL;
  for (const char *at = elsewhere; (at = strstr(at, key));) {
    at += n;
    size_t length = strcspn(at, " ");
    for (const char *const *name = names; *name; name++)
      if (strlen(*name) == length && strncmp(*name, at, length) == 0) return *name;
  }
  return NULL;
}

static bool same_but_case(const char *a, const char *b) {
  while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) a++, b++;
  return *a == *b;
}

/* A letter is missing in one of two: ft for fit. */
static bool lacks_a_letter(const char *word, const char *name) {
  return strlen(word) == 2 && strlen(name) == 3 && word[0] == name[0] && vm_distance(word, name) == 1;
}

/* One slip for every three letters, three at most. */
const char *vm_nearest(const char *word, const char *const *names) {
  const char *best = same_elsewhere(word, names);
  if (best) return best;
  int limit = (int)strlen(word) / 3, best_at = (limit > 3 ? 3 : limit) + 1;
  for (; *names; names++) {
    int at = same_but_case(word, *names) ? 0 : vm_distance(word, *names);
    if (!best && lacks_a_letter(word, *names)) best = *names;
    if (at < best_at) {
      best_at = at;
      best = *names;
    }
  }
  return best;
}
