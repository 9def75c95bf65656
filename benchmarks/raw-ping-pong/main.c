// What libzmq alone can do: one DEALER and one ROUTER in two processes, passing bytes to and fro.
//
//     raw-ping-pong ENDPOINT REQUEST_BYTES REPLY_BYTES ROUND_TRIPS
//
// Prints how many round trips a second there were. The replies are written anew each time, and every
// part of both is looked at, as any server and agent would.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

static double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "raw-ping-pong: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(69);
}

static uint64_t sum_of(zmq_msg_t *message) {
    const unsigned char *bytes = zmq_msg_data(message);
    uint64_t sum = 0;
    for (size_t i = 0; i < zmq_msg_size(message); i++) sum += bytes[i];
    return sum;
}

// Answers for ever; the parent ends it.
static void serve(const char *endpoint, size_t reply_bytes, int ready) {
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    if (zmq_bind(socket, endpoint) != 0) fail(endpoint);
    char bound[256];
    size_t length = sizeof bound;
    zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &length);
    if (write(ready, bound, length) != (ssize_t)length) exit(74);
    close(ready);
    zmq_msg_t peer, request, reply;
    zmq_msg_init(&peer);
    zmq_msg_init(&request);
    for (;;) {
        if (zmq_msg_recv(&peer, socket, 0) < 0) fail("receiving");
        if (zmq_msg_recv(&request, socket, 0) < 0) fail("receiving");
        const uint64_t sum = sum_of(&request);
        zmq_msg_init_size(&reply, reply_bytes);
        memset(zmq_msg_data(&reply), (int)(sum & 0xff), reply_bytes);
        if (zmq_msg_send(&peer, socket, ZMQ_SNDMORE) < 0) fail("sending");
        if (zmq_msg_send(&reply, socket, 0) < 0) fail("sending");
    }
}

static double play(const char *endpoint, size_t request_bytes, long round_trips) {
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_DEALER);
    const int patience = 5000;
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    if (zmq_connect(socket, endpoint) != 0) fail(endpoint);
    zmq_msg_t request, reply;
    zmq_msg_init(&reply);
    const long warm_up = round_trips / 10 + 10;
    double start = 0;
    uint64_t sum = 0;
    for (long i = -warm_up; i < round_trips; i++) {
        if (i == 0) start = seconds_now();
        zmq_msg_init_size(&request, request_bytes);
        memset(zmq_msg_data(&request), (int)(i & 0xff), request_bytes);
        if (zmq_msg_send(&request, socket, 0) < 0) fail("sending");
        if (zmq_msg_recv(&reply, socket, 0) < 0) fail("receiving");
        sum += sum_of(&reply);
    }
    const double rate = (double)round_trips / (seconds_now() - start);
    // Keeps the sums from being optimised away.
    if (sum == 1) fprintf(stderr, "\n");
    return rate;
}

int main(int count, char **arguments) {
    if (count != 5) {
        fprintf(stderr, "usage: raw-ping-pong ENDPOINT REQUEST_BYTES REPLY_BYTES ROUND_TRIPS\n");
        return 64;
    }
    int ready[2];
    if (pipe(ready) != 0) return 70;
    const pid_t child = fork();
    if (child == 0) {
        close(ready[0]);
        serve(arguments[1], strtoul(arguments[3], NULL, 10), ready[1]);
    }
    close(ready[1]);
    char endpoint[256] = {0};
    const int bound = read(ready[0], endpoint, sizeof endpoint - 1) > 0;
    const double rate =
        bound ? play(endpoint, strtoul(arguments[2], NULL, 10), strtol(arguments[4], NULL, 10)) : 0;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    if (!bound) return 69;
    printf("%.1f\n", rate);
    return 0;
}
