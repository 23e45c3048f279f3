// A paired device's native port as a push uses it: one task on one connection, after another.
#pragma once
#include <functional>

#include "host/push/push_loop.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/native/native_host.hpp"
#include "protocols/native/native_pairing.hpp"

namespace updraft::host {

class NativeClient {
 public:
  // `to` must outlive it.
  NativeClient(const PushTo& to, const link::Pairing& pairing);

  // Runs the task on a connection of its own, and tries for `retry_for` while nobody answers.
  // `progress` is told how much of the request's body is out.
  using HowFar = std::function<Progress(std::uint64_t body_sent)>;
  Result<> talk(link::NativeTask& task, Millis retry_for, const HowFar& progress = nullptr);

  PushLoop& loop() { return loop_; }

 private:
  PushLoop loop_;
  linux_port::TlsContext tls_;
};

// Trouble on the way, after which another connection may do better.
bool is_trouble(const Result<>& outcome);

}  // namespace updraft::host
