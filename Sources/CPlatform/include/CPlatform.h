// What the operating system offers and Swift can't say: variadic calls, macros, signal handlers, and
// the stretch between fork and exec.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <stdbool.h>
#include <sys/types.h>

bool platform_is_terminal(int descriptor);

// Columns of the terminal behind `descriptor`; 0 where that isn't known.
int platform_terminal_width(int descriptor);

// From now on SIGINT, SIGTERM, SIGUSR1 and SIGHUP are noted down. A SIGINT after the first exits at once,
// 130. A write beyond RLIMIT_FSIZE fails (EFBIG) instead of ending the program.
void platform_catch_stop_signals(void);

// The first stop signal that came; 0 while none has.
int platform_stop_signal(void);

// Lets SIGINT, SIGTERM and SIGHUP wait for `platform_await_held_signal`, in this thread and those it
// starts; SIGUSR1 is ignored.
void platform_hold_stop_signals(void);

// Waits for one that is held, and takes it.
int platform_await_held_signal(void);

// Starts `path` in a process group of its own, with no standard input, the caller's standard error,
// no other descriptor, and its standard output in a pipe of which `output` is the end to read.
//
// The child is killed when the calling *thread* ends (Linux): call it from one that outlives the
// child. Returns 0, or the error number of what failed; a failed exec is told here too.
int platform_start_child(const char *path, char *const arguments[], char *const environment[],
                         pid_t *child, int *output);

// Waits until `child` has ended, and leaves it unreaped, so that its number can't be anyone else's.
void platform_await_end(pid_t child);

// Reaps an ended child. Exactly one of the two is set: its exit status, or the signal that ended it. The seconds
// that it took of processors include those of children it reaped.
void platform_reap(pid_t child, int *status, int *signal, double *cpu_seconds);

// Keeps this process, all its threads and its children on the processor it is on.
void platform_stay_on_one_processor(void);

// Locks an open file for this process alone; 0, or the error number (EWOULDBLOCK: it is another's).
int platform_lock(int descriptor);

// Gives the lock up, whoever else has the same open file.
void platform_unlock(int descriptor);

#endif
