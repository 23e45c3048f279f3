#include "ports/esp_idf/nvs_sectors.hpp"

#include <array>

#include "engine/core/hex.hpp"
#include "ports/esp_idf/esp_result.hpp"

namespace updraft::esp_idf {
namespace {

constexpr std::uint32_t kRecord = 64;
using Record = std::array<std::byte, kRecord>;

// "r00" to "r7f"
struct Key {
  explicit Key(std::uint32_t index) {
    const HexByte hex(static_cast<std::byte>(index));
    text = {'r', hex.digits[0], hex.digits[1], '\0'};
  }
  std::array<char, 4> text;
};

Result<Record> load(nvs_handle_t handle, std::uint32_t index) {
  Record record;
  record.fill(std::byte{0xFF});
  std::size_t size = record.size();
  const esp_err_t err = nvs_get_blob(handle, Key(index).text.data(), record.data(), &size);
  if (err != ESP_OK && err != ESP_ERR_NVS_NOT_FOUND) {
    return fail(Code::flash, Where::journal, static_cast<std::uint32_t>(err));
  }
  return record;
}

}  // namespace

Result<> NvsSectors::open() {
  const esp_err_t err = nvs_open("updraft", NVS_READWRITE, &handle_);
  open_ = err == ESP_OK;
  return result_of(err, Where::journal);
}

Result<> NvsSectors::read(std::uint32_t offset, MutableBytes out) {
  if (!open_ || !inside(offset, out.size(), size())) return fail(Code::flash, Where::journal);
  while (!out.empty()) {
    const Result<Record> record = load(handle_, offset / kRecord);
    if (!record) return std::unexpected(record.error());
    const Bytes part = at_most(Bytes(*record).subspan(offset % kRecord), out.size());
    std::copy(part.begin(), part.end(), out.begin());
    offset += static_cast<std::uint32_t>(part.size());
    out = out.subspan(part.size());
  }
  return {};
}

Result<> NvsSectors::program(std::uint32_t offset, Bytes data) {
  if (!open_ || !inside(offset, data.size(), size())) return fail(Code::flash, Where::journal);
  while (!data.empty()) {
    Result<Record> record = load(handle_, offset / kRecord);
    if (!record) return std::unexpected(record.error());
    const Bytes part = at_most(data, kRecord - offset % kRecord);
    for (std::size_t i = 0; i < part.size(); ++i) (*record)[offset % kRecord + i] &= part[i];
    UPDRAFT_TRY(result_of(
        nvs_set_blob(handle_, Key(offset / kRecord).text.data(), record->data(), record->size()),
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
  for (std::uint32_t at = offset; at < offset + length; at += kRecord) {
    const esp_err_t err = nvs_erase_key(handle_, Key(at / kRecord).text.data());
    if (err != ESP_ERR_NVS_NOT_FOUND) UPDRAFT_TRY(result_of(err, Where::journal));
  }
  return result_of(nvs_commit(handle_), Where::journal);
}

}  // namespace updraft::esp_idf
