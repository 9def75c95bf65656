/* Q-learning in C, with libzmq and what protoc-c makes of the schema: ./client ENDPOINT */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "gym.pb-c.h"

enum { ACTIONS = 3, NUMBERS = 3, STEPS = 10000, WINDOW = 100 };

static void *server;

static void give_up(const char *why) {
  fprintf(stderr, "client: %s\n", why);
  exit(1);
}

/* Sends a request and returns the reply, which the caller frees. */
static Operant__V1__Reply *ask(const Operant__V1__Request *request) {
  uint8_t bytes[512];
  if (operant__v1__request__get_packed_size(request) > sizeof bytes) give_up("too long a request");
  size_t size = operant__v1__request__pack(request, bytes);
  zmq_msg_t message;
  zmq_msg_init(&message);
  if (zmq_send(server, bytes, size, 0) < 0 || zmq_msg_recv(&message, server, 0) < 0)
    give_up("no reply; is a server running at that endpoint?");
  Operant__V1__Reply *reply =
      operant__v1__reply__unpack(NULL, zmq_msg_size(&message), zmq_msg_data(&message));
  zmq_msg_close(&message);
  if (!reply) give_up("what came is no reply of operant.v1");
  if (reply->body_case == OPERANT__V1__REPLY__BODY_REFUSAL) give_up(reply->refusal->sentence);
  return reply;
}

/* Opens one lane of motion so clear that one look decides. */
static Operant__V1__Reply *open_session(void) {
  double noise = 0.2, coherences[] = {25.6, 51.2};
  Operant__V1__Setting quiet = OPERANT__V1__SETTING__INIT, strong = OPERANT__V1__SETTING__INIT;
  quiet.name = "noise", quiet.n_value = 1, quiet.value = &noise;
  strong.name = "coherences", strong.n_value = 2, strong.value = coherences;
  Operant__V1__Setting *settings[] = {&quiet, &strong};
  Operant__V1__Open wanted = OPERANT__V1__OPEN__INIT;
  wanted.task = "rdm_rt", wanted.seed = 1, wanted.lane_count = 1, wanted.time_step_ms = 50;
  wanted.n_settings = 2, wanted.settings = settings;
  wanted.restart_rule = OPERANT__V1__RESTART_RULE__RESTART_RULE_SAME_STEP;
  Operant__V1__Request request = OPERANT__V1__REQUEST__INIT;
  request.body_case = OPERANT__V1__REQUEST__BODY_OPEN, request.open = &wanted;
  Operant__V1__Reply *reply = ask(&request);
  if (reply->body_case != OPERANT__V1__REPLY__BODY_OPENED) give_up("the reply to open is another's");
  return reply;
}

/* Draws an action, the likelier the more it is worth. */
static uint8_t draw(const double worth[ACTIONS]) {
  double weights[ACTIONS], sum = 0;
  for (int a = 0; a < ACTIONS; a++) sum += weights[a] = exp(20 * worth[a]);
  double left = sum * rand() / (RAND_MAX + 1.0);
  uint8_t action = 0;
  while (action < ACTIONS - 1 && (left -= weights[action]) >= 0) action++;
  return action;
}

int main(int count, char **arguments) {
  if (count != 2) give_up("pass the endpoint of a server, such as tcp://127.0.0.1:5555");
  void *context = zmq_ctx_new();
  server = zmq_socket(context, ZMQ_REQ);
  zmq_setsockopt(server, ZMQ_RCVTIMEO, &(int){5000}, sizeof(int));
  zmq_setsockopt(server, ZMQ_LINGER, &(int){0}, sizeof(int));
  if (zmq_connect(server, arguments[1]) < 0) give_up(zmq_strerror(zmq_errno()));

  double worth[NUMBERS][ACTIONS] = {{0}}, earned = 0;
  int state = 0, trials = 0, right = 0, decided = 0;
  uint8_t choice = 0;
  Operant__V1__Reply *opened = open_session();
  Operant__V1__Begin begin = OPERANT__V1__BEGIN__INIT;
  Operant__V1__Step step = OPERANT__V1__STEP__INIT;
  step.choices.data = &choice, step.choices.len = 1;
  Operant__V1__Request request = OPERANT__V1__REQUEST__INIT;
  request.session = opened->opened->session;
  request.body_case = OPERANT__V1__REQUEST__BODY_BEGIN, request.begin = &begin;
  for (request.sequence = 1; request.sequence <= STEPS; request.sequence++) {
    Operant__V1__Reply *reply = ask(&request);
    float seen[NUMBERS], reward; /* little-endian, as the machines that this is for */
    if (reply->body_case != OPERANT__V1__REPLY__BODY_FRAME ||
        reply->frame->observations.len != sizeof seen || reply->frame->rewards.len != sizeof reward)
      give_up("what came is no frame of one lane");
    memcpy(seen, reply->frame->observations.data, sizeof seen);
    memcpy(&reward, reply->frame->rewards.data, sizeof reward);
    const Operant__V1__EndedTrials *ended = reply->frame->ended;

    int before = state; /* what stands out: the fixation point, left or right */
    for (int n = state = 0; n < NUMBERS; n++)
      if (seen[n] > seen[state]) state = n;
    double later = ended ? 0 : fmax(worth[state][0], fmax(worth[state][1], worth[state][2]));
    worth[before][choice] += 0.01 * (reward + later - worth[before][choice]);
    choice = draw(worth[state]);
    request.body_case = OPERANT__V1__REQUEST__BODY_STEP, request.step = &step;

    if (ended && ended->endings.len == 1) {
      earned += reward;
      right += ended->endings.data[0] == OPERANT__V1__ENDING__ENDING_CORRECT;
      decided += ended->endings.data[0] <= OPERANT__V1__ENDING__ENDING_ERROR;
      if (++trials % WINDOW == 0) {
        printf("trials %5d  reward %5.2f\n", trials, earned / WINDOW);
        earned = 0;
      }
    }
    operant__v1__reply__free_unpacked(reply, NULL);
  }
  printf("correct %.2f of the last %d decisions\n", (double)right / decided, decided);
  operant__v1__reply__free_unpacked(opened, NULL);
  zmq_close(server);
  zmq_ctx_term(context);
  return 0;
}
