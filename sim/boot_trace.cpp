#include "sim/boot_trace.hpp"

#include "engine/core/hex.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/revision.hpp"
#include "sim/boot_layout.hpp"

namespace updraft::sim {
namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string address(std::uint64_t n) {
  std::string text = "0x";
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += HexByte(static_cast<std::byte>(n >> shift)).view();
  }
  return text;
}

std::string first_byte(std::uint64_t found) {
  if (found == 0xFF) return "erased, no image";
  const HexByte hex(static_cast<std::byte>(found));
  return std::string("no image, it begins with ").append(hex.view());
}

std::string revisions(const Error& error) {
  const auto allowed = format::revision_text(format::RevisionRange::unpacked(error.found));
  const auto is = format::revision_text(static_cast<std::uint16_t>(error.expected));
  const bool block = error.reason == Reason::block_revision;
  return std::string("image allows ") + (block ? "eFuse block revision " : "revision ") +
         std::string(allowed.view()) + ", the chip has " + std::string(is.view());
}

std::string malformed(const Error& error) {
  switch (error.reason) {
    case Reason::no_app_descriptor:
      return "no app descriptor, which this chip's bootloader needs";
    case Reason::load_address:
      return "a segment is loaded to " + address(error.found) +
             ", where the chip has no memory or the bootloader itself is";
    default:
      return "image breaks the format's rules";
  }
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
      return revisions(error);
    case Code::malformed:
      return malformed(error);
    case Code::not_an_app:
      return "a bootloader, not an app";
    case Code::too_big:
      return error.reason == Reason::app_partition ? "its partition is larger than 16 MiB"
                                                   : "image larger than its partition";
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
