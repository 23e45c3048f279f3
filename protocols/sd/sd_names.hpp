// The names of files on a card, the same at both ends:
//
//   app.bin          an update: the image's bytes, plain or encrypted, and nothing else
//   app.bin.sha256   its SHA-256 beside it, as sha256sum writes it; may be missing
//   app.bin.taken    what a device has taken, so that it is not taken again; its digest moves along
//
// A device takes files that end in .bin, .suit or .enc, in letters of either case, as FAT may have
// them. Those that begin with a dot are half written, or of somebody's desktop.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/crypto/digest.hpp"
#include "protocols/sd/sd_card.hpp"

namespace updraft::link {

inline constexpr std::string_view kSdDigestEnding = ".sha256";
inline constexpr std::string_view kSdTakenEnding = ".taken";

// Whether a device looks at a file of that name.
bool is_sd_update(std::string_view name);

// A name with endings behind it.
class SdName {
 public:
  SdName() = default;
  // Each at most as long as the constants above allow.
  explicit SdName(std::string_view name, std::string_view ending = {}, std::string_view more = {});
  std::string_view view() const { return {text_.data(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<char, kSdNameBytes + 16> text_{};
  std::size_t size_ = 0;
};

// The 64 hex digits that a file of sha256sum begins with; nullopt: it begins otherwise.
std::optional<crypto::Sha256Digest> parse_sd_digest(Bytes text);

}  // namespace updraft::link
