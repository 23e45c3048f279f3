// A folder on a card, as the device's machine sees it: what a port has to offer. One file is open
// at a time. Nothing outside the folder can be reached: names are of files in it, never paths, and
// links are no files.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::link {

// A file's name that is longer is none of ours: with the longest ending it fits into 80 characters.
inline constexpr std::size_t kSdNameBytes = 64;

class SdCard {
 public:
  struct File {
    std::uint64_t size = 0;     // bytes
    std::uint64_t changed = 0;  // another number after each change, as far as the card can tell
    friend bool operator==(const File&, const File&) = default;
  };
  // Begins to list the folder. Error: unreachable (there is no card).
  virtual Result<> list() = 0;
  // The next name, valid until the next call; empty: there is none.
  virtual std::string_view next_name() = 0;

  // Errors: unreachable (it is not there, or is no regular file of this folder).
  virtual Result<File> open(std::string_view name) = 0;
  // The next bytes of the open file; fewer than asked for only at its end. Error: aborted (the card
  // cannot be read).
  virtual Result<std::size_t> read(MutableBytes out) = 0;
  virtual void close() = 0;

  // Replaces what is called `to`. Error: unreachable.
  virtual Result<> rename(std::string_view from, std::string_view to) = 0;

 protected:
  ~SdCard() = default;
};

}  // namespace updraft::link
