#include "ports/esp_idf/nvs_sectors.hpp"

#include <array>

#include "engine/core/hex.hpp"
#include "ports/esp_idf/esp_result.hpp"

namespace updraft::esp_idf {
namespace {

using Room = std::array<std::byte, kFlashPage>;  // of the largest blob

// "r00" to "r7f"
struct Key {
  Key(char letter, std::uint32_t index) {
    const HexByte hex(static_cast<std::byte>(index));
    text = {letter, hex.digits[0], hex.digits[1], '\0'};
  }
  std::array<char, 4> text;
};

}  // namespace

Result<> NvsSectors::open() {
  const esp_err_t err = nvs_open("updraft", NVS_READWRITE, &handle_);
  open_ = err == ESP_OK;
  return result_of(err, Where::journal);
}

Result<> NvsSectors::load(std::uint32_t index, MutableBytes blob) {
  std::ranges::fill(blob, std::byte{0xFF});
  std::size_t size = blob.size();
  const esp_err_t err =
      nvs_get_blob(handle_, Key(place_.letter, index).text.data(), blob.data(), &size);
  if (err == ESP_OK || err == ESP_ERR_NVS_NOT_FOUND) return {};
  return fail(Code::flash, Where::journal, static_cast<std::uint32_t>(err));
}

Result<> NvsSectors::read(std::uint32_t offset, MutableBytes out) {
  if (!open_ || !inside(offset, out.size(), size())) return fail(Code::flash, Where::journal);
  Room room;
  const MutableBytes blob = MutableBytes(room).first(place_.blob);
  while (!out.empty()) {
    UPDRAFT_TRY(load(offset / place_.blob, blob));
    const Bytes part = at_most(Bytes(blob).subspan(offset % place_.blob), out.size());
    std::copy(part.begin(), part.end(), out.begin());
    offset += static_cast<std::uint32_t>(part.size());
    out = out.subspan(part.size());
  }
  return {};
}

Result<> NvsSectors::program(std::uint32_t offset, Bytes data) {
  if (!open_ || !inside(offset, data.size(), size())) return fail(Code::flash, Where::journal);
  Room room;
  const MutableBytes blob = MutableBytes(room).first(place_.blob);
  while (!data.empty()) {
    const std::uint32_t index = offset / place_.blob, at = offset % place_.blob;
    UPDRAFT_TRY(load(index, blob));
    const Bytes part = at_most(data, place_.blob - at);
    for (std::size_t i = 0; i < part.size(); ++i) blob[at + i] &= part[i];
    UPDRAFT_TRY(result_of(
        nvs_set_blob(handle_, Key(place_.letter, index).text.data(), blob.data(), blob.size()),
        Where::journal));
    offset += static_cast<std::uint32_t>(part.size());
    data = data.subspan(part.size());
  }
  return result_of(nvs_commit(handle_), Where::journal);
}

// From the front: the journal's header is the first record of a sector, and without a header the
// other records do not count.
Result<> NvsSectors::erase(std::uint32_t offset, std::uint32_t length) {
  if (!open_ || !inside(offset, length, size())) return fail(Code::flash, Where::journal);
  for (std::uint32_t at = offset; at < offset + length; at += place_.blob) {
    const Key key(place_.letter, at / place_.blob);
    const esp_err_t err = nvs_erase_key(handle_, key.text.data());
    if (err != ESP_ERR_NVS_NOT_FOUND) UPDRAFT_TRY(result_of(err, Where::journal));
  }
  return result_of(nvs_commit(handle_), Where::journal);
}

}  // namespace updraft::esp_idf
