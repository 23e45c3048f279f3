// What a device remembers of its web server over a restart, so that an unchanged server costs one
// request after it: which file at that URL is the one that runs.
//
// One note, of kWebNoteBytes at most; the port keeps it (a file, a row of NVS). A note that is
// damaged, of another URL or of another image is none: then the first sector is fetched and
// compared, which is never wrong.
#pragma once
#include <array>
#include <optional>

#include "updraft/boot_control.hpp"
#include "updraft/policy.hpp"

#include "protocols/pull/response_head.hpp"

namespace updraft::link {

inline constexpr std::size_t kWebNoteBytes = 192;

class WebMemory {
 public:
  // What was saved last; 0: nothing. At most kWebNoteBytes.
  virtual std::size_t load(MutableBytes out) = 0;
  virtual void save(Bytes note) = 0;

 protected:
  ~WebMemory() = default;
};

struct WebNote {
  enum class Meaning : std::uint8_t {
    runs,       // `image` runs, and came from that file
    installed,  // `image` ran when another one, which came from that file, was installed
  };
  Meaning meaning = Meaning::runs;
  ImageName image{};
  WebValidators file;
};

std::size_t write_note(const WebNote& note, std::string_view url, MutableBytes out);
std::optional<WebNote> read_note(Bytes bytes, std::string_view url);

}  // namespace updraft::link
