// Thrown for what is wrong on this machine before any device is asked: a file that is not there, a
// URL that makes no sense. The text is a sentence for people.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace updraft::host {

class Trouble : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    usage,    // what was asked for cannot be
    refused,  // judged: trying again will not help
    failed,   // trying again may help
  };
  Trouble(Kind which, const std::string& what) : std::runtime_error(what), kind(which) {}
  Kind kind;
};

}  // namespace updraft::host
