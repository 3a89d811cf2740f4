/* test_window.c: the real window on a display of its own (Xvfb), with real input events (xdotool).
 *
 * The test's first thread is the host; a second one works: it posts data, presses keys and looks.  Without
 * Xvfb or xdotool the tests are skipped, which their names say. */
#include "panel.h"
#include "viz_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server;
static char folder[] = "/tmp/viz-window-XXXXXX";

/* --- the display ---------------------------------------------------------------------------------------- */

static bool have(const char *program) {
  char command[100];
  snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
  return system(command) == 0;
}

static pid_t start_server(void) {
  int fd[2];
  if (pipe(fd) != 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    char number[12];
    snprintf(number, sizeof number, "%d", fd[1]);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, 2);
    dup2(null, 1);
    execlp("Xvfb", "Xvfb", "-displayfd", number, "-screen", "0", "1280x900x24", "-noreset", "-nolisten",
           "tcp", (char *)NULL);
    _exit(127);
  }
  close(fd[1]);
  char number[16] = {0}, display[20];
  ssize_t n = read(fd[0], number, sizeof number - 1);
  close(fd[0]);
  if (n <= 0) return -1;
  number[strcspn(number, "\n")] = 0;
  snprintf(display, sizeof display, ":%s", number);
  setenv("DISPLAY", display, 1);
  unsetenv("WAYLAND_DISPLAY");
  return pid;
}

static void stop_server(void) {
  if (server > 0) {
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
  }
  server = 0;
}

static int open_display(void **unused) {
  (void)unused;
  if (!have("Xvfb") || !have("xdotool")) return 0;
  server = start_server();
  return server > 0 ? 0 : -1;
}
static int close_display(void **unused) {
  (void)unused;
  stop_server();
  return 0;
}

/* --- the work on the second thread ---------------------------------------------------------------------- */

typedef struct Work {
  Viz *v;
  void (*run)(struct Work *);
  int steps;
  char problem[300];
  atomic_bool done;
} Work;

static char notices[2000];
static pthread_mutex_t notices_lock = PTHREAD_MUTEX_INITIALIZER;
static bool pipe_is_held; /* on the host, when it says that the window is closed */
static void remember(const char *line) {
  sigset_t held;
  pthread_mutex_lock(&notices_lock);
  if (strstr(line, "reopens"))
    pipe_is_held = pthread_sigmask(SIG_BLOCK, NULL, &held) == 0 && sigismember(&held, SIGPIPE) == 1;
  size_t n = strlen(notices);
  snprintf(notices + n, sizeof notices - n, "%s\n", line);
  pthread_mutex_unlock(&notices_lock);
}
static bool noticed(const char *what) {
  pthread_mutex_lock(&notices_lock);
  bool yes = strstr(notices, what) != NULL;
  pthread_mutex_unlock(&notices_lock);
  return yes;
}

static void sleep_ms(int ms) { usleep((useconds_t)ms * 1000); }

static void want(Work *w, bool ok, const char *what) {
  if (!ok && !w->problem[0]) snprintf(w->problem, sizeof w->problem, "%s", what);
}

/* One step of training: post and pass the gate. */
static void train(Work *w, int steps) {
  for (int i = 0; i < steps; i++) {
    w->steps++;
    viz_plot(w->v, "loss/train", 1.0 / w->steps, NULL);
    viz_plot(w->v, "loss/valid", 1.3 / w->steps, NULL);
    viz_gate(w->v, VIZ_AT_CALL, NULL, NULL);
  }
}

static bool until(bool (*is)(Viz *), Viz *v) {
  for (int i = 0; i < 250; i++) {
    if (is(v)) return true;
    sleep_ms(20);
  }
  return false;
}

static bool truly_open(Viz *v) {
  pthread_mutex_lock(&v->queue_lock);
  bool open = v->open;
  pthread_mutex_unlock(&v->queue_lock);
  return open;
}
static bool not_open(Viz *v) { return !truly_open(v); }
static bool is_paused(Viz *v) { return viz_paused(v); }
static bool not_paused(Viz *v) { return !viz_paused(v); }
static bool in_files_mode(Viz *v) { return viz_mode(v) == VIZ_FILES; }

static void xdo(const char *command) {
  char line[200];
  snprintf(line, sizeof line, "xdotool %s >/dev/null 2>&1", command);
  if (system(line) != 0) sleep_ms(50);
}

static bool panel_is_log(Viz *v) {
  scene_lock(v);
  bool yes = v->panel_count > 0 && v->panel[0]->log_y;
  scene_unlock(v);
  return yes;
}
static bool panel_is_smooth(Viz *v) {
  scene_lock(v);
  bool yes = v->panel_count > 0 && panel_curves(v->panel[0])->beta > 0;
  scene_unlock(v);
  return yes;
}
static bool panel_is_zoomed(Viz *v) {
  scene_lock(v);
  bool yes = v->panel_count > 0 && v->panel[0]->zoomed;
  scene_unlock(v);
  return yes;
}
static bool first_is_hidden(Viz *v) {
  scene_lock(v);
  bool yes = v->panel_count > 0 && panel_curves(v->panel[0])->series[0]->hidden &&
             !panel_curves(v->panel[0])->series[1]->hidden;
  scene_unlock(v);
  return yes;
}
static bool first_is_shown(Viz *v) {
  scene_lock(v);
  bool yes = v->panel_count > 0 && !panel_curves(v->panel[0])->series[0]->hidden;
  scene_unlock(v);
  return yes;
}
static bool panel_is_whole(Viz *v) { return !panel_is_zoomed(v); }
static bool shot_exists(Viz *v) {
  (void)v;
  char path[100];
  snprintf(path, sizeof path, "%s/shot-1.png", folder);
  return access(path, R_OK) == 0;
}

static void *work_thread(void *context) {
  Work *w = context;
  w->run(w);
  viz_quit(w->v);
  atomic_store(&w->done, true);
  return NULL;
}

static void host(Work *w) {
  pthread_t thread;
  notices[0] = 0;
  w->v = viz_new();
  viz_on_notice(w->v, remember);
  viz_set_folder(w->v, folder);
  viz_set_size(w->v, 900, 640);
  assert_int_equal(pthread_create(&thread, NULL, work_thread, w), 0);
  viz_host_main(w->v);
  pthread_join(thread, NULL);
  viz_free(w->v);
  if (w->problem[0]) fail_msg("%s", w->problem);
}

/* --- tests ---------------------------------------------------------------------------------------------- */

static void use_the_window(Work *w) {
  Viz *v = w->v;
  train(w, 200);
  want(w, until(truly_open, v), "no window opened");
  xdo("search --sync --name lunette windowfocus");
  sleep_ms(300);
  if (getenv("VIZ_LOOK")) {
    char line[300];
    snprintf(line, sizeof line, "import -window root %s/window.png", getenv("VIZ_LOOK"));
    want(w, system(line) == 0, "no screenshot");
  }
  xdo("mousemove 450 300 key l");
  want(w, until(panel_is_log, v), "l did not make the axis logarithmic");
  xdo("key s");
  want(w, until(panel_is_smooth, v), "s did not smooth");
  xdo("click 4");
  want(w, until(panel_is_zoomed, v), "the wheel did not zoom");
  xdo("click --repeat 2 --delay 60 1");
  want(w, until(panel_is_whole, v), "a double click did not show all again");
  xdo("mousemove 255 202 click 1");
  want(w, until(first_is_hidden, v), "a click on its legend did not hide the series");
  sleep_ms(600); /* no double click */
  xdo("click 1");
  want(w, until(first_is_shown, v), "a second click did not show it");
  xdo("mousemove 450 300 key p");
  want(w, until(shot_exists, v), "p saved no picture");
  if (getenv("VIZ_LOOK")) {
    char line[300];
    sleep_ms(200);
    snprintf(line, sizeof line, "import -window root %s/window-log.png", getenv("VIZ_LOOK"));
    want(w, system(line) == 0, "no screenshot");
  }
  /* pause: the work stands at its gate, one step at a time with '.' */
  xdo("key ctrl+l key alt+l"); /* the desktop's, not ours */
  xdo("keydown space sleep 1 keyup space");
  want(w, until(is_paused, v), "space did not pause");
  sleep_ms(300);
  want(w, is_paused(v), "a key held down toggled again");
  want(w, panel_is_log(v), "Ctrl and a letter was taken for the letter");
  xdo("key period");
  train(w, 1);
  xdo("key space");
  want(w, until(not_paused, v), "space did not go on");
  train(w, 100);
  /* closing in the middle: training goes on, and show() opens again */
  xdo("key q");
  want(w, until(not_open, v), "q did not close");
  train(w, 100);
  for (int i = 0; i < 50 && !noticed("viz.show() reopens"); i++) sleep_ms(20);
  want(w, noticed("viz.show() reopens"), "nobody said how to reopen");
  want(w, pipe_is_held, "a display that dies would end the program by SIGPIPE");
  want(w, w->steps == 401, "training did not finish");
  viz_show(v);
  want(w, until(truly_open, v), "show() did not reopen");
  viz_close(v);
  want(w, until(not_open, v), "close() did not close");
  viz_finish(v);
}

static void window_keys_and_closing(void **unused) {
  (void)unused;
  if (!server) skip();
  Work w = {.run = use_the_window};
  host(&w);
}

static void lose_the_display(Work *w) {
  train(w, 50);
  want(w, until(truly_open, w->v), "no window opened");
  sleep_ms(200);
  stop_server();
  for (int i = 0; i < 60; i++) {
    train(w, 5);
    sleep_ms(10);
  }
  want(w, until(in_files_mode, w->v), "the loss of the display was not noticed");
  viz_finish(w->v);
  char path[100];
  snprintf(path, sizeof path, "%s/lunette.png", folder);
  want(w, access(path, R_OK) == 0, "no picture was saved");
  want(w, w->steps == 350, "training did not finish");
}

/* A child: what Xlib keeps of a display that is gone would trouble the other tests. */
static void display_that_vanishes(void **unused) {
  (void)unused;
  if (!server) skip();
  pid_t pid = fork();
  if (pid == 0) {
    Work w = {.run = lose_the_display};
    w.v = viz_new();
    viz_set_folder(w.v, folder);
    pthread_t thread;
    pthread_create(&thread, NULL, work_thread, &w);
    viz_host_main(w.v);
    pthread_join(thread, NULL);
    if (w.problem[0]) fprintf(stderr, "%s\n", w.problem);
    _exit(w.problem[0] ? 1 : 0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  waitpid(server, NULL, 0); /* the child has ended it */
  server = 0;
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void work_without_display(Work *w) {
  train(w, 30); /* over before the host knows that there is no display */
  viz_finish(w->v);
  char path[100];
  snprintf(path, sizeof path, "%s/lunette.svg", folder);
  want(w, access(path, R_OK) == 0, "no SVG was saved");
  snprintf(path, sizeof path, "%s/lunette.png", folder);
  want(w, access(path, R_OK) == 0, "no PNG was saved");
  want(w, noticed(folder), "nobody said where the pictures are");
}

static void without_a_display(void **unused) {
  (void)unused;
  char path[100];
  static const char *const endings[] = {"png", "svg"};
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/lunette.%s", folder, endings[i]);
    unlink(path);
  }
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  Work w = {.run = work_without_display};
  host(&w);
}

static int make_folder(void **unused) { return mkdtemp(folder) ? open_display(unused) : -1; }
static int remove_folder(void **unused) {
  char line[100];
  snprintf(line, sizeof line, "rm -r %s", folder);
  int status = close_display(unused);
  return system(line) == 0 ? status : -1;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(window_keys_and_closing),
                                     cmocka_unit_test(display_that_vanishes),
                                     cmocka_unit_test(without_a_display)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
