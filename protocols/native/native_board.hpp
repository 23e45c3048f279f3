// What the native push asks of the device around it, besides updates: who it is, and what only its
// owner may do. A port implements it.
#pragma once
#include <string_view>

#include "updraft/status.hpp"

namespace updraft::link {

struct NativeFacts {
  Status status;
  std::string_view id, chip;
  Bytes class_id;                           // suit::kIdBytes, or empty: the product has none
  std::uint64_t sequence = 0, key_set = 0;  // of what is installed; 0: none
  std::uint32_t armed = 0;                  // seconds left
  std::uint32_t refused_peers = 0;          // handshakes that failed
};

// What the next start runs: what the last update put into its slot, or, where it brought data
// alone, what runs now.
struct NativeInstalled {
  Text<16> slot;
  format::ImageInfo image;
  Trust trust = Trust::sender;
  bool is_data = false;  // and `trust` is not known here
};

class NativeBoard {
 public:
  virtual void describe(NativeFacts& facts) = 0;
  virtual NativeInstalled installed() = 0;
  // The label of the slot that a rollback goes to.
  virtual Text<16> other_slot() = 0;
  // Errors: keyset_missing (nothing is kept out), not_wanted (the seconds are out of range).
  virtual Result<> arm(std::uint64_t seconds) = 0;
  // What happened here, numbered from 1: the newest number, and the JSON object of one, without its
  // number; empty: it is forgotten, or has not happened.
  virtual std::uint64_t newest_event() = 0;
  virtual std::string_view event(std::uint64_t number) = 0;

 protected:
  ~NativeBoard() = default;
};

}  // namespace updraft::link
