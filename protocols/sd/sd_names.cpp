#include "protocols/sd/sd_names.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/core/hex.hpp"
#include "engine/core/words.hpp"

namespace updraft::link {
namespace {

// In letters of either case.
bool ends_with(std::string_view name, std::string_view ending) {
  if (name.size() <= ending.size()) return false;
  name.remove_prefix(name.size() - ending.size());
  return same_word(name, ending);
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != '\x7f' && c != '/' && c != '\\';
}

}  // namespace

bool is_sd_update(std::string_view name) {
  if (name.empty() || name.size() > kSdNameBytes || name.front() == '.') return false;
  if (!std::ranges::all_of(name, is_plain)) return false;
  return ends_with(name, ".bin") || ends_with(name, ".suit") || ends_with(name, ".enc");
}

SdName::SdName(std::string_view name, std::string_view ending, std::string_view more) {
  for (const std::string_view part : {name, ending, more}) {
    UPDRAFT_ASSERT(size_ + part.size() <= text_.size());
    std::ranges::copy(part, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += part.size();
  }
}

std::optional<crypto::Sha256Digest> parse_sd_digest(Bytes text) {
  crypto::Sha256Digest digest{};
  const std::size_t digits = 2 * digest.size();
  if (text.size() < digits || !read_hex(as_text(text.first(digits)), digest)) return std::nullopt;
  const bool ended =
      text.size() == digits || as_text(text.subspan(digits, 1)).find_first_of(" \t\r\n") == 0;
  return ended ? std::optional(digest) : std::nullopt;
}

}  // namespace updraft::link
