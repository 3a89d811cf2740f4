/* kinds.c: the list of all kinds. */
#include "panel.h"

const PanelKind *const panel_kinds[] = {&curves_kind,  &image_kind,  &scatter_kind, &boundary_kind,
                                        &contour_kind, &text_kind,   &heatmap_kind, &spectrogram_kind,
                                        &bars_kind,    &hist_kind,   &roll_kind,    &graph_kind,
                                        &slider_kind,  &button_kind, &menu_kind,    NULL};
