#include "host/signing/signer_command.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

Trouble failed(const std::string& what) { return {Trouble::Kind::failed, what}; }

// Both ends of a pipe, closed when they go.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw failed("the system gives no pipe");
  }
  ~Pipe() {
    close(0);
    close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

pid_t start(const std::string& command, const Pipe& in, const Pipe& out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  std::string shell = "/bin/sh", option = "-c", text = command;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t child = -1;
  const int error = posix_spawn(&child, shell.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw failed("the signer's command did not start");
  return child;
}

std::vector<std::byte> read_all(int from) {
  std::vector<std::byte> bytes(kMostSignature + 1);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(from, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

Signature sign_by_command(const std::string& command, Bytes message) {
  if (message.size() > kMostMessage) throw failed("there is too much to sign");
  Pipe in, out;
  const pid_t child = start(command, in, out);
  in.close(0);
  out.close(1);
  // A command that ends without reading shows in its status, not as a signal to us.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  const ssize_t sent = ::write(in.ends[1], message.data(), message.size());
  in.close(1);
  const std::vector<std::byte> answer = read_all(out.ends[0]);
  out.close(0);
  const int status = wait_for(child);
  std::signal(SIGPIPE, before);
  if (status != 0) {
    throw failed("the signer's command failed with exit status " + std::to_string(status));
  }
  const auto signature = read_signature(answer);
  if (sent != static_cast<ssize_t>(message.size()) || !signature) {
    throw failed("the signer's command wrote no signature in DER or of 64 bytes");
  }
  return *signature;
}

}  // namespace updraft::host
