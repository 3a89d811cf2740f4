/* export.h: where the pictures of a run go. */
#ifndef LUNETTE_EXPORT_H
#define LUNETTE_EXPORT_H
#include "scene.h"

const char *scene_folder(Viz *v); /* made on first use; with lock held */

#endif
