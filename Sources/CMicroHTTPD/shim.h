#include <microhttpd.h>
#include <stdbool.h>

// Swift can't call functions with a variable number of arguments; each has one of its own here.

// Answers at `address`, on a thread of the library's own. A peer that dawdles is hung up on after 5 s,
// the seventeenth at the same time at once.
static inline struct MHD_Daemon *microhttpd_start(const struct sockaddr *address, bool is_ipv6,
                                                  MHD_AccessHandlerCallback answer, void *context) {
  unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | (is_ipv6 ? MHD_USE_IPv6 : 0);
  return MHD_start_daemon(flags, 0, NULL, NULL, answer, context, MHD_OPTION_SOCK_ADDR, address,
                          MHD_OPTION_CONNECTION_LIMIT, 16u, MHD_OPTION_CONNECTION_TIMEOUT, 5u,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
}

// The port it listens at; 0 if that is not known.
static inline unsigned short microhttpd_port(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info == NULL ? 0 : info->port;
}
