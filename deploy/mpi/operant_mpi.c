// Every call of MPI that Operant makes. `operant` loads it at run time where it is started by mpirun or
// srun, and needs nothing of MPI anywhere else. To compile it with the MPI of a cluster:
//
//     mpicc -std=c99 -O2 -shared -fPIC -o liboperant-mpi.so operant_mpi.c
//
// Nothing here waits without a limit. Messages are begun and then asked about until they are done or a
// deadline has passed; MPI_Init and MPI_Finalize, which can't be asked, are under an alarm.
//
// All functions are for one thread of a process, always the same.
#define _POSIX_C_SOURCE 200809L
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

// What the functions return. The program that loads this has the same numbers.
enum { done = 0, late = 1, refused = 2 };

// What a process ends with that may be started again: EX_TEMPFAIL of sysexits.h.
enum { temporary = 75 };

// Counts are ints in MPI.
static const size_t most_bytes_at_once = (size_t)1 << 30;

// The interface's version: what loads this asks for it first.
int operant_mpi_version(void) { return 1; }

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const char *alarm_words = "";

// Only what is safe in a signal handler.
static void give_up(int signal) {
  (void)signal;
  size_t length = 0;
  while (alarm_words[length] != '\0') length += 1;
  ssize_t written = write(STDERR_FILENO, alarm_words, length);
  (void)written;
  _exit(temporary);
}

static struct sigaction earlier_action;

static void set_alarm(double deadline, const char *words) {
  alarm_words = words;
  struct sigaction action = {.sa_handler = give_up};
  sigemptyset(&action.sa_mask);
  sigaction(SIGALRM, &action, &earlier_action);
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &wanted, NULL);
  alarm((unsigned)deadline + 1);
}

static void clear_alarm(void) {
  alarm(0);
  sigaction(SIGALRM, &earlier_action, NULL);
}

// Joins the other ranks. Ends the process with 75 if they are not there within so many seconds.
int operant_mpi_start(double deadline) {
  int level = 0;
  set_alarm(deadline, "operant: the other ranks were not there before the deadline; resume the run\n");
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
  clear_alarm();
  if (code != MPI_SUCCESS) return refused;
  // Errors are to be told by whoever called, and not to end the process here.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  return level >= MPI_THREAD_FUNNELED ? done : refused;
}

int operant_mpi_rank(void) {
  int rank = -1;
  return MPI_Comm_rank(MPI_COMM_WORLD, &rank) == MPI_SUCCESS ? rank : -1;
}

int operant_mpi_size(void) {
  int size = -1;
  return MPI_Comm_size(MPI_COMM_WORLD, &size) == MPI_SUCCESS ? size : -1;
}

// Asks about a message until it is done. What comes soon is not slept through: the processor is offered
// to others for a fifth of a millisecond, and only then left alone for longer and longer.
static int await(MPI_Request *request, double end) {
  const double start = seconds_now();
  long pause = 20000;
  for (;;) {
    int is_done = 0;
    if (MPI_Test(request, &is_done, MPI_STATUS_IGNORE) != MPI_SUCCESS) return refused;
    if (is_done) return done;
    const double now = seconds_now();
    if (now > end) return late;
    if (now - start < 2e-4) {
      sched_yield();
      continue;
    }
    const struct timespec nap = {.tv_nsec = pause};
    nanosleep(&nap, NULL);
    if (pause < 1000000) pause += pause / 4;
  }
}

// Sends bytes to a rank within so many seconds.
int operant_mpi_send(const void *bytes, size_t count, int to, double deadline) {
  const double end = seconds_now() + deadline;
  const char *rest = bytes;
  do {
    const size_t some = count < most_bytes_at_once ? count : most_bytes_at_once;
    MPI_Request request;
    if (MPI_Isend(rest, (int)some, MPI_BYTE, to, 0, MPI_COMM_WORLD, &request) != MPI_SUCCESS) {
      return refused;
    }
    const int code = await(&request, end);
    if (code != done) return code;
    rest += some;
    count -= some;
  } while (count > 0);
  return done;
}

// Receives as many bytes from a rank within so many seconds.
int operant_mpi_receive(void *bytes, size_t count, int from, double deadline) {
  const double end = seconds_now() + deadline;
  char *rest = bytes;
  do {
    const size_t some = count < most_bytes_at_once ? count : most_bytes_at_once;
    MPI_Request request;
    if (MPI_Irecv(rest, (int)some, MPI_BYTE, from, 0, MPI_COMM_WORLD, &request) != MPI_SUCCESS) {
      return refused;
    }
    const int code = await(&request, end);
    if (code != done) return code;
    rest += some;
    count -= some;
  } while (count > 0);
  return done;
}

// Leaves the other ranks. Ends the process with 75 if they don't within so many seconds.
int operant_mpi_finish(double deadline) {
  set_alarm(deadline, "operant: the other ranks did not end before the deadline\n");
  const int code = MPI_Finalize();
  clear_alarm();
  return code == MPI_SUCCESS ? done : refused;
}
