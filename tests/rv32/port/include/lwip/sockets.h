// lwIP's sockets, as far as the port calls them: declarations, for a program that is only linked.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/types.h>

#define LWIP_IPV6 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define SOL_SOCKET 0xfff
#define SO_REUSEADDR 4
#define SO_ERROR 0x1007
#define TCP_NODELAY 1
#define F_GETFL 3
#define F_SETFL 4
#define O_NONBLOCK 1
#define SHUT_WR 1
#define INADDR_ANY 0
#define MSG_DONTWAIT 8
#define FD_SETSIZE 64

typedef uint32_t socklen_t;
typedef uint16_t sa_family_t;
struct sockaddr {
  sa_family_t sa_family;
  char sa_data[14];
};
struct in_addr {
  uint32_t s_addr;
};
struct sockaddr_in {
  sa_family_t sin_family;
  uint16_t sin_port;
  struct in_addr sin_addr;
  char sin_zero[8];
};
struct in6_addr {
  uint8_t s6_addr[16];
};
struct sockaddr_in6 {
  sa_family_t sin6_family;
  uint16_t sin6_port;
  uint32_t sin6_flowinfo;
  struct in6_addr sin6_addr;
  uint32_t sin6_scope_id;
};
struct sockaddr_storage {
  sa_family_t ss_family;
  uint32_t ss_data[7];
};
typedef struct {
  uint32_t bits[2];
} lwip_fd_set;
#undef fd_set
#define fd_set lwip_fd_set
#undef FD_ZERO
#undef FD_SET
#undef FD_ISSET
#define FD_ZERO(set) ((set)->bits[0] = (set)->bits[1] = 0)
#define FD_SET(n, set) ((set)->bits[(n) / 32] |= 1u << ((n) % 32))
#define FD_ISSET(n, set) (((set)->bits[(n) / 32] >> ((n) % 32) & 1u) != 0)

#ifdef __cplusplus
extern "C" {
#endif
int socket(int domain, int type, int protocol);
int bind(int s, const struct sockaddr* name, socklen_t size);
int listen(int s, int backlog);
int accept(int s, struct sockaddr* from, socklen_t* size);
int connect(int s, const struct sockaddr* name, socklen_t size);
int getsockname(int s, struct sockaddr* name, socklen_t* size);
int getpeername(int s, struct sockaddr* name, socklen_t* size);
int getsockopt(int s, int level, int name, void* value, socklen_t* size);
int setsockopt(int s, int level, int name, const void* value, socklen_t size);
int shutdown(int s, int how);
int close(int s);
int fcntl(int s, int command, ...);
int select(int most, lwip_fd_set* read, lwip_fd_set* write, lwip_fd_set* except, struct timeval* timeout);
ssize_t recv(int s, void* to, size_t size, int flags);
ssize_t send(int s, const void* from, size_t size, int flags);
ssize_t recvfrom(int s, void* to, size_t size, int flags, struct sockaddr* from, socklen_t* from_size);
ssize_t sendto(int s, const void* from, size_t size, int flags, const struct sockaddr* to, socklen_t to_size);
uint16_t htons(uint16_t value);
uint16_t ntohs(uint16_t value);
uint32_t htonl(uint32_t value);
uint32_t ntohl(uint32_t value);
#ifdef __cplusplus
}
#endif
