// What the log says after a start: a line for each way in, and one for memory.
#pragma once
#include "updraft/policy.hpp"
#include "updraft/stages.hpp"

namespace updraft::esp_idf {

struct Way {
  Scheme scheme;
  std::uint16_t port = 0;      // 0: it has none
  const char* place = "open";  // in place of a port
  bool has_password = false;
};

// Where it is, who may use it, and what it takes.
void say_way(const Way& way, const Policy& policy, const Stages& stages);

// Bytes: taken by the start, and the most that an update borrows besides.
void say_memory(std::size_t taken, std::size_t borrows, bool reserved);

}  // namespace updraft::esp_idf
