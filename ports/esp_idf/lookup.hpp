// Looks a name up in lwIP's own task, so that no task of ours waits for a name server.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "lwip/ip_addr.h"
#include "ports/esp_idf/pull_url.hpp"

namespace updraft::esp_idf {

class Lookup {
 public:
  enum class State : std::uint8_t { idle, looking, found, failed };

  // A name, or an address in digits; one at a time. It comes to found or to failed, within seconds,
  // and the object lives that long.
  void start(const std::array<char, kMaxHost + 1>& host);
  State state() const { return state_; }
  // What was found: an IPv4 address, as a sockaddr_in has it. Idle again.
  std::uint32_t take();

 private:
  static void ask(void* self);
  static void answer(const char* name, const ip_addr_t* address, void* self);
  void end(const ip_addr_t* address);  // nullptr: there is none

  std::array<char, kMaxHost + 1> host_{};
  std::uint32_t address_ = 0;
  std::atomic<State> state_ = State::idle;  // the others belong to lwIP's task while it is looking
};

}  // namespace updraft::esp_idf
