// The latest events of a chip, as native push and the reports to a fleet's server tell them. Kept
// as what happened; the text is made when somebody asks for it.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "ports/esp_idf/event_hearer.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

inline constexpr std::size_t kKeptEvents =
    8;  // of 60 bytes; who asks after each update misses none

class KeptEvents final : public EventHearer {
 public:
  void note(const updraft_event_t& event) override;
  std::uint64_t newest() const { return newest_; }  // numbered from 1
  // One JSON object; empty: it is forgotten, or has not happened. Until the next call.
  std::string_view told(std::uint64_t number);

 private:
  struct Kept {
    updraft_event_id_t id;
    bool refused;
    const char *scheme, *code, *message;  // constants, or nullptr
    char version[33];
  };
  std::array<Kept, kKeptEvents> kept_{};  // number n at n % kKeptEvents
  std::uint64_t newest_ = 0;
  std::array<char, 384> text_{};
};

}  // namespace updraft::esp_idf
