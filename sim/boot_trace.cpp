#include "sim/boot_trace.hpp"

#include "engine/core/hex.hpp"
#include "engine/format/chip.hpp"
#include "sim/boot_layout.hpp"

namespace updraft::sim {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string first_byte(std::uint64_t found) {
  if (found == 0xFF) return "erased, no image";
  const HexByte hex(static_cast<std::byte>(found));
  return std::string("no image, it begins with ").append(hex.view());
}

// Revisions are major * 100 + minor: v3.1.
std::string revision(std::uint64_t full) {
  return "v" + number(full / 100) + "." + number(full % 100);
}

}  // namespace

std::string describe_record(std::size_t i, const format::OtaRecord& record, std::uint32_t slots) {
  std::string text = "record " + number(i) + ": ";
  if (record.empty()) return text + "empty";
  text += "seq " + number(record.seq);
  if (slots != 0) text += " for " + app_name(static_cast<int>(format::slot_of(record.seq, slots)));
  text += ", ";
  text += format::name(record.state);
  if (!record.crc_ok()) text += ", crc wrong";
  return text;
}

std::string describe_refusal(const Error& error) {
  switch (error.code) {
    case Code::not_an_image:
      return first_byte(error.found);
    case Code::wrong_chip:
      return "built for " + std::string(format::chip_name(static_cast<std::uint16_t>(error.found)));
    case Code::wrong_revision:
      return "image asks for revision " + revision(error.found) + ", the chip has " +
             revision(error.expected);
    case Code::malformed:
      return "image breaks the format's rules";
    case Code::too_big:
      return "image larger than its partition";
    case Code::bad_checksum:
      return "image checksum wrong";
    case Code::bad_hash:
      return "image SHA-256 wrong";
    case Code::secure_version_low:
      return "secure version " + number(error.found) + " below the eFuse counter " +
             number(error.expected);
    case Code::flash:
      return "the flash does not answer";
    default:
      return std::string(name(error.code));
  }
}

}  // namespace updraft::sim
