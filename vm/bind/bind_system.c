/* bind_system.c: lunette.*: clock, memory, threads, the machine, interrupts. */
#include "bind.h"

#include "clock.h"
#include "embedded.h"
#include "fuse.h"
#include "kernel.h"
#include "mem.h"
#include "parallel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* lunette.clock(): seconds of a clock that only goes forward.  What waits is computed first: a clock that is
 * read after an op measures the op. */
static int system_clock(lua_State *L) {
  fuse_settle_all();
  lua_pushnumber(L, clock_seconds());
  return 1;
}

static void set_size(lua_State *L, const char *name, size_t bytes) {
  lua_pushinteger(L, (lua_Integer)bytes);
  lua_setfield(L, -2, name);
}

static size_t resident(void) {
  FILE *f = fopen("/proc/self/statm", "r");
  size_t all = 0, pages = 0;
  if (f) {
    if (fscanf(f, "%zu %zu", &all, &pages) != 2) pages = 0;
    fclose(f);
  }
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* lunette.memory(): bytes: live, peak (of tensors), cached, resident (of the process); tensors alive. */
static int system_memory(lua_State *L) {
  const MemStats *m = mem_stats();
  lua_newtable(L);
  set_size(L, "live", m->live);
  set_size(L, "peak", m->peak);
  set_size(L, "cached", m->cached);
  set_size(L, "limit", m->limit);
  set_size(L, "allocations", (size_t)m->allocs);
  set_size(L, "resident", resident());
  set_size(L, "tensors", (size_t)tensor_live());
  return 1;
}

static int system_memory_limit(lua_State *L) {
  double bytes = luaL_optnumber(L, 1, 0);
  mem_set_limit(bytes > 0 ? (size_t)bytes : 0);
  return 0;
}
static int system_trim(lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT);
  mem_trim();
  return 0;
}
/* lunette.sleep(seconds): ^C ends it. */
static int system_sleep(lua_State *L) {
  double left = luaL_checknumber(L, 1), step = 0.01;
  for (; left > 0 && !interrupt_pending(); left -= step) {
    struct timespec t = {0, (long)((left < step ? left : step) * 1e9)};
    nanosleep(&t, NULL);
  }
  return 0;
}

/* lunette.inferred_flops(): operations of all calls on tensors without bytes since the start. */
static int system_inferred_flops(lua_State *L) {
  lua_pushnumber(L, op_inferred_flops());
  return 1;
}

/* lunette.most_elements(n) -> the bound before: no tensor of more is made from here on. */
static int system_most_elements(lua_State *L) {
  const double n = luaL_checknumber(L, 1);
  lua_pushnumber(L, (double)tensor_set_most(n < 9e18 ? (int64_t)n : INT64_MAX));
  return 1;
}

static int system_reset_peak(lua_State *L) {
  (void)L;
  mem_reset_peak();
  return 0;
}
/* For tests: what new memory holds, so that results which read it unset differ. */
static int system_poison(lua_State *L) {
  mem_poison((int)luaL_optinteger(L, 1, -1));
  return 0;
}
/* For tests: the allocation after n more fails; negative: never. */
static int system_fail_after(lua_State *L) {
  mem_fail_after((int64_t)luaL_checkinteger(L, 1));
  return 0;
}

/* lunette.threads([n]): sets and tells the number of threads. */
static int system_threads(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) {
    int64_t n = vm_check_int(L, 1, "threads");
    if (n < 1 || n > 1024) return vm_error(L, "threads: %lld is outside 1..1024", (long long)n);
    parallel_set_threads((int)n);
  }
  lua_pushinteger(L, parallel_threads());
  return 1;
}

static int system_isa(lua_State *L) {
  lua_pushstring(L, kernel_isa());
  return 1;
}
static int system_isatty(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_optinteger(L, 1, 1)));
  return 1;
}

/* lunette.raise(message): an error in the house's form, at the user's line; for our own Lua modules. */
static int system_raise(lua_State *L) { return vm_error(L, "%s", luaL_checkstring(L, 1)); }

/* lunette.nearest(word, {names}) */
static int system_nearest(lua_State *L) {
  const char *names[1024], *word = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  int n = (int)lua_rawlen(L, 2), k = 0;
  for (int i = 1; i <= n && k < 1023; i++) {
    lua_rawgeti(L, 2, i);
    if (lua_type(L, -1) == LUA_TSTRING) names[k++] = lua_tostring(L, -1); /* the table keeps it alive */
    lua_pop(L, 1);
  }
  names[k] = NULL;
  lua_pushstring(L, vm_nearest(word, names));
  return 1;
}

static int system_typename(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushstring(L, vm_typename(L, 1));
  return 1;
}

/* lunette.is_tensor(v) */
static int system_is_tensor(lua_State *L) {
  lua_pushboolean(L, vm_peek(L, 1) != NULL);
  return 1;
}

/* lunette.file(path): the bytes of a file in the program, or nil. */
static int system_file(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  const char *over = getenv("LUNETTE_PATH");
  FILE *f = over && *over ? fopen(lua_pushfstring(L, "%s/%s", over, path), "rb") : NULL;
  if (f) {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) luaL_addlstring(&b, part, n);
    fclose(f);
    luaL_pushresult(&b);
    return 1;
  }
  const Embedded *m = vm_embedded(path);
  if (m) lua_pushlstring(L, (const char *)m->data, m->size);
  else lua_pushnil(L);
  return 1;
}

/* lunette.files(prefix): names of the files in the program that begin so, in order. */
static int system_files(lua_State *L) {
  const char *prefix = luaL_optstring(L, 1, "");
  lua_newtable(L);
  lua_Integer n = 0;
  for (const Embedded *m = embedded; m->name; m++)
    if (strncmp(m->name, prefix, strlen(prefix)) == 0) {
      lua_pushstring(L, m->name);
      lua_rawseti(L, -2, ++n);
    }
  return 1;
}

/* lunette.mkdir(path): makes a folder and those above it; true, or nil and the reason. */
static int system_mkdir(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  char part[4096];
  size_t n = strlen(path);
  if (n == 0 || n >= sizeof part) return luaL_fileresult(L, 0, path);
  for (size_t i = 1; i <= n; i++) {
    if (i < n && path[i] != '/') continue;
    memcpy(part, path, i);
    part[i] = 0;
    if (mkdir(part, 0777) != 0 && errno != EEXIST) return luaL_fileresult(L, 0, path);
  }
  return luaL_fileresult(L, 1, NULL);
}

/* lunette.chdir(path): true, or nil and the reason. */
static int system_chdir(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  return luaL_fileresult(L, chdir(path) == 0, path);
}

/* lunette.absolute(path): its name from the root, without links; nil and the reason where there is none. */
static int system_absolute(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  char *whole = realpath(path, NULL);
  if (!whole) return luaL_fileresult(L, 0, path);
  lua_pushstring(L, whole);
  free(whole);
  return 1;
}

/* lunette.access(path): "file", "folder" or "other" (a device, a pipe) when it may be read, without opening it: a pipe
 * is read once only; else nil and the reason. */
static int system_access(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  struct stat s;
  if (stat(path, &s) != 0) return luaL_fileresult(L, 0, path);
  bool folder = S_ISDIR(s.st_mode);
  if (access(path, folder ? R_OK | X_OK : R_OK) != 0) return luaL_fileresult(L, 0, path);
  lua_pushstring(L, folder ? "folder" : S_ISREG(s.st_mode) ? "file" : "other");
  return 1;
}

/* lunette.writable(folder): true when a file can be made in it (one is made, and removed); else nil and the reason.
 * access(2) says yes to root where the file system says no. */
static int system_writable(lua_State *L) {
  const char *folder = luaL_checkstring(L, 1);
  char path[4096];
  if ((size_t)snprintf(path, sizeof path, "%s/.lunette-XXXXXX", folder) >= sizeof path) errno = ENAMETOOLONG;
  else {
    int fd = mkstemp(path);
    if (fd >= 0) {
      close(fd);
      unlink(path);
      return luaL_fileresult(L, 1, NULL);
    }
  }
  return luaL_fileresult(L, 0, folder);
}

/* lunette.modified(path): seconds since 1970; nil: no such file. */
static int system_modified(lua_State *L) {
  struct stat s;
  if (stat(luaL_checkstring(L, 1), &s) != 0) return 0;
  lua_pushnumber(L, (double)s.st_mtim.tv_sec + 1e-9 * (double)s.st_mtim.tv_nsec);
  return 1;
}

/* lunette.indices(t): the greatest index of a list, and how many it has from 1 on: fewer where there is a hole. */
static int system_indices(lua_State *L) {
  lua_Integer last = 0, count = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    const lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
    if (i < 1) continue;
    vm_heed(L, ++count, "list");
    if (i > last) last = i;
  }
  lua_pushinteger(L, last);
  lua_pushinteger(L, count);
  return 2;
}

/* lunette.flops([on]): floating-point operations that forward ops say they did since it was last turned on.
 */
static int system_flops(lua_State *L) {
  Vm *v = vm_of(L);
  lua_pushnumber(L, v->flops);
  if (lua_isnoneornil(L, 1)) return 1;
  v->count_flops = lua_toboolean(L, 1);
  if (v->count_flops) v->flops = 0;
  return 1;
}

/* lunette.width(): columns of the terminal; 80 where there is none. */
static int system_width(lua_State *L) {
  int columns;
  vm_terminal(&columns);
  lua_pushinteger(L, columns);
  return 1;
}

static int system_load(lua_State *L) { /* lunette.load(path): a chunk of the program, or nil and the reason */
  if (vm_load(L, luaL_checkstring(L, 1)) == LUA_OK) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* The function whose frames are module calls, and the one that words their path (fail.c). */
static int system_set_module_call(lua_State *L) {
  lua_settop(L, 2);
  lua_setfield(L, LUA_REGISTRYINDEX, "lunette.module_path");
  lua_setfield(L, LUA_REGISTRYINDEX, "lunette.module_call");
  return 0;
}

/* The function whose frames are epochs of fit: errors say the step (fail.c). */
static int system_set_fit_epoch(lua_State *L) {
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "lunette.fit_epoch");
  return 0;
}

/* The program's own path, or nil. */
static int system_executable(lua_State *L) {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  if (n <= 0 || n == (ssize_t)sizeof path) return 0;
  lua_pushlstring(L, path, (size_t)n);
  return 1;
}

void vm_open_system(lua_State *L) {
  static const luaL_Reg functions[] = {{"clock", system_clock},
                                       {"memory", system_memory},
                                       {"memory_limit", system_memory_limit},
                                       {"trim", system_trim},
                                       {"reset_peak", system_reset_peak},
                                       {"inferred_flops", system_inferred_flops},
                                       {"most_elements", system_most_elements},
                                       {"sleep", system_sleep},
                                       {"fail_after", system_fail_after},
                                       {"poison", system_poison},
                                       {"threads", system_threads},
                                       {"isa", system_isa},
                                       {"isatty", system_isatty},
                                       {"raise", system_raise},
                                       {"nearest", system_nearest},
                                       {"typename", system_typename},
                                       {"is_tensor", system_is_tensor},
                                       {"file", system_file},
                                       {"files", system_files},
                                       {"load", system_load},
                                       {"mkdir", system_mkdir},
                                       {"absolute", system_absolute},
                                       {"chdir", system_chdir},
                                       {"access", system_access},
                                       {"writable", system_writable},
                                       {"modified", system_modified},
                                       {"indices", system_indices},
                                       {"flops", system_flops},
                                       {"width", system_width},
                                       {"digits", vm_digits},
                                       {"full_text", vm_tensor_full_text},
                                       {"set_module_call", system_set_module_call},
                                       {"set_fit_epoch", system_set_fit_epoch},
                                       {"executable", system_executable},
                                       {NULL, NULL}};
  vm_add(L, "lunette", functions);
  vm_inside(L, "lunette");
  lua_pushliteral(L, LUNETTE_VERSION);
  lua_setfield(L, -2, "version");
  vm_inside(L, "tensor"); /* the class of a value, by its metatable: for type tests in Lua */
  lua_rawgeti(L, LUA_REGISTRYINDEX, vm_of(L)->tensor_at);
  lua_getfield(L, -1, "methods");
  lua_setfield(L, -3, "methods");
  lua_pop(L, 3);
}
