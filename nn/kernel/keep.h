/* keep.h: what is to stay in a register: GCC would load it anew for each use, from addresses that it has no registers
 * for.  For kernel files only. */
#ifndef LUNETTE_KEEP_H
#define LUNETTE_KEEP_H
#if defined(__x86_64__)
#define KEEP(x)         __asm__("" : "+v"(x))
#define KEEP_ADDRESS(p) __asm__("" : "+r"(p))
#else
#define KEEP(x)         (void)(x)
#define KEEP_ADDRESS(p) (void)(p)
#endif
#endif
