#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <limits.h>
#include <sys/prctl.h>
#endif

bool platform_is_terminal(int descriptor) { return isatty(descriptor) == 1; }

int platform_terminal_width(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static atomic_int stop_signal;

static void note_stop_signal(int signal) {
  int none = 0;
  if (!atomic_compare_exchange_strong(&stop_signal, &none, signal) && signal == SIGINT) _exit(130);
}

// Under nohup it is, and should stay so.
static bool hang_up_is_ignored(void) {
  struct sigaction action;
  return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void platform_catch_stop_signals(void) {
  struct sigaction action = {.sa_handler = note_stop_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  if (!hang_up_is_ignored()) sigaction(SIGHUP, &action, NULL);
  // A file that may not grow any more is an error to be told, and no reason to die without a word.
  signal(SIGXFSZ, SIG_IGN);
  // Whoever started this program may have kept signals from its own thread, and we inherit that.
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &wanted, NULL);
}

static sigset_t held_signals;

void platform_hold_stop_signals(void) {
  sigemptyset(&held_signals);
  sigaddset(&held_signals, SIGINT);
  sigaddset(&held_signals, SIGTERM);
  if (!hang_up_is_ignored()) sigaddset(&held_signals, SIGHUP);
  // A batch system may send it to all processes of a job; it is for those with something to save.
  signal(SIGUSR1, SIG_IGN);
  pthread_sigmask(SIG_BLOCK, &held_signals, NULL);
}

int platform_await_held_signal(void) {
  int signal = 0;
  sigwait(&held_signals, &signal);
  return signal;
}

int platform_stop_signal(void) { return atomic_load(&stop_signal); }

// Runs in the child, between fork and exec: nothing here may allocate or lock.
static void become(const char *path, char *const arguments[], char *const environment[],
                   pid_t parent, int output) {
  // Ctrl-C on the terminal is for the parent, which then ends the child in its own time.
  if (setpgid(0, 0) != 0) return;
#ifdef __linux__
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
  // The parent may have died before that call, and then no signal comes any more.
  if (getppid() != parent) _exit(127);
#else
  (void)parent;
#endif
  // Caught signals fall back to their defaults at exec; ignored and blocked ones would stay so.
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGUSR1, SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

  int nothing = open("/dev/null", O_RDONLY);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0) return;
#ifdef __linux__
  // A descriptor some library left open would hold a lock or a pipe on beyond the parent's end.
  close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
#endif
  execve(path, arguments, environment);
}

static void close_both(const int pipe_ends[2]) {
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

int platform_start_child(const char *path, char *const arguments[], char *const environment[],
                         pid_t *child, int *output) {
  int lines[2], failure[2];
  if (pipe2(lines, O_CLOEXEC) != 0) return errno;
  if (pipe2(failure, O_CLOEXEC) != 0) {
    int error = errno;
    close_both(lines);
    return error;
  }
  pid_t parent = getpid();
  pid_t started = fork();
  if (started == 0) {
    become(path, arguments, environment, parent, lines[1]);
    int error = errno;
    ssize_t told = write(failure[1], &error, sizeof error);
    _exit(told == sizeof error ? 127 : 126);
  }
  int error = started < 0 ? errno : 0;
  close(lines[1]);
  close(failure[1]);
  if (started > 0) {
    // The pipe closes without a word when exec succeeds.
    int told = 0;
    ssize_t count;
    do count = read(failure[0], &told, sizeof told);
    while (count < 0 && errno == EINTR);
    if (count != 0) {
      error = count == sizeof told ? told : EIO;
      while (waitpid(started, NULL, 0) < 0 && errno == EINTR) {}
    }
  }
  close(failure[0]);
  if (error != 0) {
    close(lines[0]);
    return error;
  }
  *child = started;
  *output = lines[0];
  return 0;
}

void platform_await_end(pid_t child) {
  siginfo_t info;
  while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {}
}

static double seconds(struct timeval time) { return (double)time.tv_sec + 1e-6 * (double)time.tv_usec; }

void platform_reap(pid_t child, int *status, int *signal, double *cpu_seconds) {
  int word = 0;
  struct rusage usage = {0};
  while (wait4(child, &word, 0, &usage) < 0 && errno == EINTR) {}
  *cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  *status = WIFEXITED(word) ? WEXITSTATUS(word) : 0;
  *signal = WIFSIGNALED(word) ? WTERMSIG(word) : 0;
}

int platform_lock(int descriptor) {
  return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

void platform_unlock(int descriptor) { flock(descriptor, LOCK_UN); }

void platform_stay_on_one_processor(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    const int here = sched_getcpu();
    CPU_SET(here < 0 ? 0 : here, &set);
    sched_setaffinity(0, sizeof set, &set);
}
