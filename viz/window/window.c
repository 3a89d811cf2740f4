/* window.c: the window's host on the process's first thread: SDL is called here only (sdl.h loads it).
 *
 * It sleeps on a condition variable until a window is wanted.  Frames are drawn only when something changed,
 * at most ten a second for data and so rarely that drawing takes 1 % of the machine; at sixty for the mouse.
 * A display that vanishes would end the process through Xlib's error handler; ours leaves SDL instead, and the
 * pictures go to files from then on. */
#include "input.h"
#include "sdl.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Host {
  Viz *v;
  SDL_Window *window;
  cairo_surface_t *surface;
  cairo_t *cr;
  Input in;
  unsigned shown;    /* version of the scene on the screen         */
  bool stale, mouse; /* all is to be drawn; the mouse caused it     */
  bool paused;
  bool repeated, command; /* of the key that writes what comes next */
  double cost, last;      /* CPU seconds and moment of the last frame    */
  char toast[160], title[200];
  double toast_until, dots; /* pixels of a point */
  char shot[700];
} Host;

/* --- a display that vanishes ---------------------------------------------------------------------------- */

static atomic_bool display_lost;
static jmp_buf lost; /* of `host`: where it goes on */
static pthread_t host;

/* Xlib ends the process when this returns, and SDL takes answers that never came for real ones: so it does not
 * return.  SDL's video is never used again. */
static int note_loss(void *display) {
  (void)display;
  atomic_store(&display_lost, true);
  if (pthread_equal(pthread_self(), host)) longjmp(lost, 1);
  return 0;
}

/* A request about a window that has just gone (a window manager's, or our own, crossing on the way) is
 * nothing to end a training for; Xlib's own handler ends the process. */
static int ignore_error(void *display, void *event) {
  (void)display;
  (void)event;
  return 0;
}

/* What is written to a display that has just died is an error to be told, no signal that ends the process; of this
 * thread alone: programs in a pipe (| head) end by it. */
static void no_broken_pipe(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* libX11 comes with SDL, where it is used at all; we link to none.  Before SDL connects: the connection may break
 * within it, and SDL's own handler of protocol errors hands them on to the one that was there. */
static void survive_display(void) {
#if defined(SDL_VIDEO_DRIVER_X11)
  void *lib = dlopen("libX11.so.6", RTLD_NOW | RTLD_LOCAL);
  if (!lib) return;
  void *(*set_protocol)(int (*)(void *, void *));
  void *(*set_loss)(int (*)(void *));
  *(void **)&set_protocol = dlsym(lib, "XSetErrorHandler");
  *(void **)&set_loss = dlsym(lib, "XSetIOErrorHandler");
  if (set_protocol) set_protocol(ignore_error);
  if (set_loss) set_loss(note_loss);
#endif
}

/* Runs what speaks to the display, without a lock held while it does; false: the display is gone. */
static bool at_display(bool (*run)(Host *h), Host *h) {
  host = pthread_self();
  return setjmp(lost) == 0 && run(h);
}

/* --- opening and closing -------------------------------------------------------------------------------- */

/* Said by the environment: saves asking every driver, some of which print. */
bool viz_has_display(void) {
#if defined(__linux__)
  return getenv("DISPLAY") || getenv("WAYLAND_DISPLAY") || getenv("SDL_VIDEODRIVER");
#else
  return true;
#endif
}

/* SDL without a display may succeed with its offscreen driver. */
static bool have_display(Host *h) {
  (void)h;
  survive_display();
  sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
  sdl.SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION,
              "0"); /* pixels go by shared memory; no second set of threads */
  sdl.SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
  if (sdl.InitSubSystem(SDL_INIT_VIDEO) != 0) return false;
  const char *driver = sdl.GetCurrentVideoDriver();
  if (driver && strcmp(driver, "offscreen") != 0 && strcmp(driver, "dummy") != 0) return true;
  sdl.QuitSubSystem(SDL_INIT_VIDEO);
  return false;
}

static bool make_surface(Host *h) {
  int w, ht, points_w, points_h;
  sdl.GetWindowSizeInPixels(h->window, &w, &ht);
  sdl.GetWindowSize(h->window, &points_w, &points_h);
  cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, w, ht);
  if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy(s);
    return false;
  }
  if (h->cr) cairo_destroy(h->cr);
  if (h->surface) cairo_surface_destroy(h->surface);
  h->surface = s;
  h->cr = cairo_create(s);
  h->in.w = w;
  h->in.h = ht;
  h->dots = points_w > 0 ? (double)w / points_w : 1;
  h->stale = true;
  return true;
}

static bool host_open(Host *h) {
  Viz *v = h->v;
  scene_lock(v);
  int w = v->width, ht = v->height;
  v->resized = false;
  snprintf(h->title, sizeof h->title, "%s", v->title);
  scene_unlock(v);
  h->window = sdl.CreateWindow(h->title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, w, ht,
                               SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
  if (!h->window || !make_surface(h)) return false;
  scene_lock(v);
  input_dots(v, h->dots);
  scene_unlock(v);
  survive_display(); /* in SDL's place */
  h->in.hover = h->in.held = -1;
  sdl.StartTextInput();
  pthread_mutex_lock(&v->queue_lock);
  v->open = true;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
  return true;
}

static bool host_close(Host *h) {
  if (h->cr) cairo_destroy(h->cr);
  if (h->surface) cairo_surface_destroy(h->surface);
  if (atomic_load(&display_lost)) return false; /* what SDL holds belongs to a display that is gone */
  if (h->window) sdl.DestroyWindow(h->window);
  sdl.QuitSubSystem(SDL_INIT_VIDEO);
  return true;
}

/* --- events --------------------------------------------------------------------------------------------- */

/* Keys that write nothing.  What a key writes, on whatever layout, comes as text; a command of the desktop's
 * (Ctrl, Alt, Super) is not ours. */
static int key_of(Host *h, const SDL_KeyboardEvent *k) {
  h->repeated = k->repeat != 0;
  h->command = (k->keysym.mod & (KMOD_CTRL | KMOD_LALT | KMOD_GUI)) != 0 && !(k->keysym.mod & KMOD_MODE);
  switch (h->command ? 0 : k->keysym.sym) {
  case SDLK_F1: return '?';
  case SDLK_ESCAPE: return 27;
  case SDLK_TAB: return '\t';
  case SDLK_RETURN:
  case SDLK_KP_ENTER: return KEY_ENTER;
  case SDLK_LEFT: return KEY_LEFT;
  case SDLK_RIGHT: return KEY_RIGHT;
  case SDLK_UP: return KEY_UP;
  case SDLK_DOWN: return KEY_DOWN;
  case SDLK_PAGEUP: return KEY_PAGE_UP;
  case SDLK_PAGEDOWN: return KEY_PAGE_DOWN;
  case SDLK_BACKSPACE: return KEY_BACK;
  default: return 0;
  }
}

/* The key that wrote a letter; one that is held down goes on with steps and sizes and toggles nothing. */
static int key_written(const Host *h, const char *text) {
  const unsigned char c = (unsigned char)text[0];
  if (h->command || text[0] == 0 || text[1] != 0 || c >= 127) return 0;
  if (h->repeated && !strchr(".+-=", c)) return 0;
  return c == '=' ? '+' : c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

/* Mouse positions come in points; the scene is in pixels. */
static double to_pixels(const Host *h, int at) {
  int points = 1;
  sdl.GetWindowSize(h->window, &points, NULL);
  return at * h->in.w / (points > 0 ? points : 1);
}

static void handle_window_event(Host *h, const SDL_WindowEvent *e) {
  if (e->event == SDL_WINDOWEVENT_SIZE_CHANGED && make_surface(h)) input_dots(h->v, h->dots);
  if (e->event == SDL_WINDOWEVENT_EXPOSED) h->stale = true;
  if (e->event == SDL_WINDOWEVENT_LEAVE) input_leave(h->v, &h->in);
  if (e->event == SDL_WINDOWEVENT_CLOSE) h->in.close = true;
}

static bool press_key(Host *h, int key) {
  const bool changed = key && input_key(h->v, &h->in, key);
  if (changed) h->stale = true;
  return changed;
}

static void handle(Host *h, const SDL_Event *e) {
  bool changed = false;
  Viz *v = h->v;
  scene_lock(v);
  switch (e->type) {
  case SDL_QUIT: h->in.close = true; break;
  case SDL_WINDOWEVENT: handle_window_event(h, &e->window); break;
  case SDL_MOUSEMOTION:
    changed = input_move(v, &h->in, to_pixels(h, e->motion.x), to_pixels(h, e->motion.y));
    break;
  case SDL_MOUSEBUTTONDOWN:
    if (e->button.button == SDL_BUTTON_LEFT)
      changed = input_press(v, &h->in, to_pixels(h, e->button.x), to_pixels(h, e->button.y),
                            (sdl.GetModState() & KMOD_SHIFT) != 0, e->button.clicks);
    break;
  case SDL_MOUSEBUTTONUP:
    changed = input_release(v, &h->in, to_pixels(h, e->button.x), to_pixels(h, e->button.y));
    break;
  case SDL_MOUSEWHEEL: changed = input_wheel(v, &h->in, (double)e->wheel.preciseY); break;
  case SDL_KEYDOWN: changed = press_key(h, key_of(h, &e->key)); break;
  case SDL_TEXTINPUT:
    changed =
        (!h->command && input_text(v, &h->in, e->text.text)) || press_key(h, key_written(h, e->text.text));
    break;
  default: break;
  }
  scene_unlock(v);
  if (changed) h->mouse = true;
}

static void save_shot(Host *h) {
  VizErr e;
  Viz *v = h->v;
  scene_lock(v);
  snprintf(h->shot, sizeof h->shot, "%s/shot-%d%s", scene_folder(v), ++v->shots, h->in.save);
  scene_unlock(v);
  bool ok = viz_save(v, h->shot, &e);
  snprintf(h->toast, sizeof h->toast, ok ? "saved %.140s" : "%.150s", ok ? h->shot : e.message);
  h->toast_until = viz_clock() + 4;
  h->in.save = NULL;
  h->stale = true;
}

/* --- frames --------------------------------------------------------------------------------------------- */

/* Seconds between frames that data cause: 10 a second within 1 % of cores x time, of pictures 25 within 5 %; 2 without
 * focus. */
static double data_interval(const Host *h) {
  const bool focus = (sdl.GetWindowFlags(h->window) & SDL_WINDOW_INPUT_FOCUS) != 0,
             film = atomic_load(&h->v->film);
  const double share = film ? 0.05 : 0.008; /* the rest is for looking whether anything is new */
  const double cores = (double)sysconf(_SC_NPROCESSORS_ONLN), least = !focus ? 0.5 : film ? 0.04 : 0.1;
  return fmin(fmax(least, h->cost / (share * fmax(cores, 1))), 2);
}

/* Only what has changed goes to the screen. */
static void present(Host *h, const Damage *damage) {
  SDL_Surface *to = sdl.GetWindowSurface(h->window);
  cairo_surface_flush(h->surface);
  SDL_Surface *from = sdl.CreateRGBSurfaceWithFormatFrom(
      cairo_image_surface_get_data(h->surface), (int)h->in.w, (int)h->in.h, 32,
      cairo_image_surface_get_stride(h->surface), SDL_PIXELFORMAT_ARGB8888);
  if (to && from) {
    sdl.SetSurfaceBlendMode(from, SDL_BLENDMODE_NONE);
    SDL_Rect r[sizeof damage->at / sizeof *damage->at + 1] = {{0, 0, (int)h->in.w, (int)h->in.h}};
    const int n = damage->all ? 1 : damage->n;
    for (int i = 0; !damage->all && i < n; i++) {
      const Rect *at = &damage->at[i];
      r[i] = (SDL_Rect){(int)floor(at->x), (int)floor(at->y), (int)ceil(at->w) + 1, (int)ceil(at->h) + 1};
    }
    for (int i = 0; i < n; i++) {
      SDL_Rect where = r[i]; /* the clipped one comes back */
      sdl.UpperBlit(from, &r[i], to, &where);
      r[i] = where;
    }
    sdl.UpdateWindowSurfaceRects(h->window, r, n);
  }
  sdl.FreeSurface(from);
}

static void draw_frame(Host *h) {
  Viz *v = h->v;
  double cpu = cpu_seconds(), now = viz_clock();
  Damage damage;
  h->in.overlay.paused = viz_paused(v);
  h->in.overlay.toast = now < h->toast_until ? h->toast : NULL;
  scene_lock(v);
  bool all = h->stale || v->rearranged || h->in.overlay.box || h->in.overlay.keys;
  v->rearranged = false;
  atomic_store(&v->film, false);
  draw_scene(h->cr, h->surface, v, h->in.w, h->in.h, &h->in.overlay, !all, &damage);
  h->shown = v->version;
  bool renamed = strcmp(h->title, v->title) != 0;
  if (renamed) snprintf(h->title, sizeof h->title, "%s", v->title);
  const int w = v->width, ht = v->height;
  const bool resized = v->resized;
  v->resized = false;
  scene_unlock(v);
  if (renamed) sdl.SetWindowTitle(h->window, h->title);
  if (resized) sdl.SetWindowSize(h->window, w, ht);
  present(h, &damage);
  h->stale = h->mouse = false;
  h->paused = h->in.overlay.paused;
  h->last = now;
  h->cost = 0.7 * h->cost + 0.3 * (cpu_seconds() - cpu);
}

static bool something_new(Host *h) {
  Viz *v = h->v;
  pthread_mutex_lock(&v->queue_lock);
  bool queued = v->queue_n > 0;
  pthread_mutex_unlock(&v->queue_lock);
  pthread_mutex_lock(&v->lock);
  bool changed = queued || v->version != h->shown;
  pthread_mutex_unlock(&v->lock);
  return changed;
}

static bool wanted(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  bool yes = v->want_window && !v->quit && v->mode == VIZ_WINDOW;
  pthread_mutex_unlock(&v->queue_lock);
  return yes;
}

/* Does the window say how long it has been preparing?  Not for ever: nobody may be. */
static bool counts(const Viz *v, double now) { return v->bare_since > 0 && now < v->bare_since + 600; }

static bool run_loop(Host *h) {
  while (wanted(h->v) && !h->in.close && !atomic_load(&display_lost)) {
    SDL_Event e;
    double now = viz_clock();
    if (h->toast_until > 0 && now > h->toast_until) h->toast_until = 0, h->stale = true;
    if (viz_paused(h->v) != h->paused) h->stale = true;
    if (counts(h->v, now) && now > h->last + 1) h->stale = true;
    double due = h->last + (h->mouse || h->stale ? 1.0 / 60 : data_interval(h));
    if (now >= due && (h->stale || h->mouse || something_new(h))) draw_frame(h);
    if (sdl.WaitEventTimeout(&e, h->mouse || h->stale ? 8 : atomic_load(&h->v->film) ? 10 : 50)) {
      do handle(h, &e);
      while (!h->in.close && sdl.PollEvent(&e));
    }
    if (h->in.save) save_shot(h);
    atomic_store(&h->v->host_seconds, cpu_seconds());
  }
  return true;
}

static void run_window(Viz *v) {
  Host h = {.v = v};
  no_broken_pipe();
  if (viz_has_display() && !sdl_load()) {
    scene_no_window(v, "no window without SDL2 (install libsdl2-2.0-0)");
    return;
  }
  if (atomic_load(&display_lost) || !viz_has_display() || !at_display(have_display, &h)) {
    scene_no_window(v, "no display");
    return;
  }
  bool opened = at_display(host_open, &h);
  if (opened) at_display(run_loop, &h);
  at_display(host_close, &h);
  if (!opened || atomic_load(&display_lost)) {
    scene_no_window(v, atomic_load(&display_lost) ? "the display is gone" : "no window");
    return;
  }
  pthread_mutex_lock(&v->queue_lock);
  bool by_user = h.in.close && !v->quit;
  v->open = v->want_window = false;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
  if (by_user) {
    viz_pause(v, false);
    scene_notice(v, "window closed; viz.show() reopens it");
  }
}

void viz_host_main(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  v->host_running = true;
  while (!v->quit) {
    if (v->want_window) {
      pthread_mutex_unlock(&v->queue_lock);
      run_window(v);
      pthread_mutex_lock(&v->queue_lock);
      continue;
    }
    pthread_cond_wait(&v->wake, &v->queue_lock);
  }
  v->host_running = false;
  pthread_cond_broadcast(&v->wake);
  pthread_mutex_unlock(&v->queue_lock);
}
