#include "protocols/pull/web_note.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::link {
namespace {

// 0 magic, 4 CRC-32 of the URL, 8 meaning, 9 and 10 the lengths of both texts, 11 image, 19 texts,
// then the CRC-32 of all before it.
constexpr std::string_view kNoteMagic = "UPW1";
constexpr std::size_t kUrlAt = 4, kMeaningAt = 8, kImageAt = 11, kTextsAt = 19, kCheckBytes = 4;
static_assert(kTextsAt + kPullEtagBytes + kPullDateBytes + kCheckBytes <= kWebNoteBytes);

std::size_t put_text(MutableBytes out, std::size_t at, std::string_view text) {
  std::ranges::copy(as_bytes(text), out.begin() + static_cast<std::ptrdiff_t>(at));
  return at + text.size();
}

}  // namespace

std::size_t write_note(const WebNote& note, std::string_view url, MutableBytes out) {
  put_text(out, 0, kNoteMagic);
  store_le32(out, kUrlAt, format::crc32(as_bytes(url)));
  const std::string_view etag = note.file.etag.view(), modified = note.file.modified.view();
  out[kMeaningAt] = static_cast<std::byte>(note.meaning);
  out[kMeaningAt + 1] = static_cast<std::byte>(etag.size());
  out[kMeaningAt + 2] = static_cast<std::byte>(modified.size());
  std::ranges::copy(note.image, out.begin() + kImageAt);
  const std::size_t end = put_text(out, put_text(out, kTextsAt, etag), modified);
  store_le32(out, end, format::crc32(out.first(end)));
  return end + kCheckBytes;
}

std::optional<WebNote> read_note(Bytes bytes, std::string_view url) {
  if (bytes.size() < kTextsAt + kCheckBytes) return std::nullopt;
  const std::size_t etag = load_u8(bytes, kMeaningAt + 1),
                    modified = load_u8(bytes, kMeaningAt + 2);
  const std::size_t end = kTextsAt + etag + modified;
  if (bytes.size() != end + kCheckBytes || etag > kPullEtagBytes || modified > kPullDateBytes) {
    return std::nullopt;
  }
  const bool sound = as_text(bytes.first(kNoteMagic.size())) == kNoteMagic &&
                     load_le32(bytes, end) == format::crc32(bytes.first(end)) &&
                     load_le32(bytes, kUrlAt) == format::crc32(as_bytes(url));
  if (!sound) return std::nullopt;
  WebNote note;
  note.meaning =
      load_u8(bytes, kMeaningAt) == 0 ? WebNote::Meaning::runs : WebNote::Meaning::installed;
  std::ranges::copy(bytes.subspan(kImageAt, note.image.size()), note.image.begin());
  note.file.etag = Text<kPullEtagBytes>(bytes.subspan(kTextsAt, etag));
  note.file.modified = Text<kPullDateBytes>(bytes.subspan(kTextsAt + etag, modified));
  return note;
}

}  // namespace updraft::link
