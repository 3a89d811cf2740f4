/* interrupt.c: ^C.  The signal sets the kernels' flag and a hook on the coroutine that is running; pcall,
 * xpcall and coroutine.resume hand an interrupt on, so that no script swallows it (base.c).
 *
 * While a training loop runs, the first ^C only asks it to end after its step, so that model, optimiser and
 * history stay whole; the second interrupts at once.  net:fit says that it runs; a loop of the user's own is
 * known by its calls of opt:step.  A ^C that nobody listened to ends a script's process at the next one. */
#include "interrupt.h"

#include "parallel.h"

#include <signal.h>
#include <string.h>
#include <time.h>

static lua_State *volatile running; /* the coroutine that Lua is in; NULL: not in Lua */
static volatile sig_atomic_t pending;
static bool scripted;
static Vm *machine;

/* A loop of the user's own counts as training for five times the time that its last step took, and a pause
 * more.
 */
static const double PAUSE = 0.3;
static volatile double last_step, step_time;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_training(void) {
  return machine->training > 0 ||
         (last_step > 0 && step_time > 0 && seconds() - last_step < 5 * step_time + PAUSE);
}

static void stop(lua_State *L, lua_Debug *ar) {
  lua_sethook(L, NULL, 0, 0);
  vm_of(L)->interrupted = true;
  lua_Debug at = *ar; /* the innermost frame that is the user's own */
  bool mine = false;
  for (int level = 0; !mine && lua_getstack(L, level, &at); level++) {
    lua_getinfo(L, "Sl", &at);
    mine = at.currentline > 0 && strncmp(at.source, "@lunette:", 9) != 0;
  }
  if (mine) lua_pushfstring(L, "interrupted at %s:%d", at.short_src, at.currentline);
  else lua_pushliteral(L, "interrupted");
  lua_error(L); /* not luaL_error, which would put our own file before it */
}

static void on_signal(int number) {
  if (pending && scripted) { /* nobody listened to the first one */
    signal(number, SIG_DFL);
    raise(number);
  }
  if (!machine->stop_asked && is_training()) {
    machine->stop_asked = 1;
    return;
  }
  pending = 1;
  interrupt_raise();
  if (running) lua_sethook(running, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

void interrupt_again(lua_State *L) {
  if (pending && !machine->interrupted)
    lua_sethook(L, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

lua_State *interrupts_in(lua_State *L) {
  lua_State *before = running;
  running = L;
  if (L) interrupt_again(L); /* a ^C at the end of the one before struck nobody */
  return before;
}

void interrupts_on(Vm *v, bool script) {
  scripted = script;
  machine = v;
  running = v->L;
  struct sigaction act = {.sa_handler = on_signal};
  sigemptyset(&act.sa_mask);
  sigaction(SIGINT, &act, NULL);
}

bool interrupt_seen(void) { return pending != 0; }

void interrupts_reset(Vm *v) {
  lua_sethook(v->L, NULL, 0, 0);
  running = v->L;
  pending = 0;
  v->interrupted = false;
  v->stop_asked = v->training = 0;
  last_step = step_time = 0;
  interrupt_clear();
}

/* --- training ----------------------------------------------------------------------------------------------
 */

/* lunette.stop_requested(): a ^C since the last call; training loops end after the step instead of in it. */
static int stop_requested(lua_State *L) {
  lua_pushboolean(L, vm_of(L)->stop_asked != 0);
  vm_of(L)->stop_asked = 0;
  return 1;
}

static int training_ends(lua_State *L) {
  Vm *v = vm_of(L);
  if (v->training > 0) v->training--;
  v->stop_asked = 0;
  return 0;
}

/* local _ <close> = lunette.training(): up to the end of the block whoever trains asks stop_requested. */
static int training(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, training_ends);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  vm_of(L)->training++;
  return 1;
}

/* lunette.step_done(step): opt:step calls it at its end; outside of fit the place where a ^C takes effect. */
static int step_done(lua_State *L) {
  Vm *v = vm_of(L);
  double now = seconds();
  step_time = last_step > 0 ? now - last_step : 0;
  last_step = now;
  if (!v->stop_asked || v->training > 0) return 0;
  v->stop_asked = 0;
  v->interrupted = true;
  lua_pushfstring(L, "stopped after step %I", (LUAI_UACINT)luaL_optinteger(L, 1, 0));
  return lua_error(L);
}

static int leave(lua_State *L) { /* lunette.leave(): the prompt ends after this entry */
  vm_of(L)->leave = true;
  return 0;
}

void vm_open_training(lua_State *L) {
  static const luaL_Reg functions[] = {{"stop_requested", stop_requested},
                                       {"training", training},
                                       {"step_done", step_done},
                                       {"leave", leave},
                                       {NULL, NULL}};
  vm_add(L, "lunette", functions);
}
