#include "virtual_device/identity.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"

namespace updraft::device {
namespace {

constexpr std::size_t kMaxIdentityBytes = 4096;
constexpr std::size_t kIdBytes = 6;

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxIdentityBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.empty() || text.size() > kMaxIdentityBytes) {
    throw Unusable("size");
  }
  return text;
}

template <class T>
T number(const boost::json::object& object, std::string_view key) {
  const boost::json::value* value = object.if_contains(key);
  return value == nullptr ? T{} : value->to_number<T>();
}

bool is_bootloader(std::string_view word) {
  return word == "plain" || word == "rollback" || word == "anti-rollback";
}

}  // namespace

Identity load_identity(const std::filesystem::path& file) {
  try {
    const boost::json::value json = boost::json::parse(read_text(file));
    const boost::json::object& object = json.as_object();
    Identity identity;
    if (object.contains("id")) identity.id = object.at("id").as_string();
    if (!identity.id.empty() && !is_hex(identity.id, kIdBytes)) throw Unusable("id");
    identity.efuse.chip = format::find_chip(std::string_view(object.at("chip").as_string()));
    if (identity.efuse.chip == nullptr) throw Unusable("chip");
    identity.efuse.revision = number<std::uint16_t>(object, "revision");
    identity.efuse.block_revision = number<std::uint16_t>(object, "block_revision");
    identity.efuse.ignore_max_revision =
        object.contains("ignore_max_revision") && object.at("ignore_max_revision").as_bool();
    identity.efuse.secure_version_field = number<std::uint32_t>(object, "secure_version_field");
    identity.bootloader = object.at("bootloader").as_string();
    if (!is_bootloader(identity.bootloader)) throw Unusable("bootloader");
    if (object.contains("table_offset")) {
      identity.table_offset = number<std::uint32_t>(object, "table_offset");
    }
    return identity;
  } catch (const std::exception&) {
    throw Unusable(file.string() +
                   " does not describe a device; delete it to have it made anew from flash.bin");
  }
}

std::string make_id() {
  std::array<std::byte, kIdBytes> bytes;
  crypto::random_bytes(bytes);
  std::string id;
  for (const std::byte b : bytes) id += HexByte(b).view();
  return id;
}

std::string text_of(const Identity& identity) {
  const boost::json::object object{
      {"id", identity.id},
      {"chip", identity.efuse.chip->name},
      {"revision", identity.efuse.revision},
      {"block_revision", identity.efuse.block_revision},
      {"ignore_max_revision", identity.efuse.ignore_max_revision},
      {"secure_version_field", identity.efuse.secure_version_field},
      {"bootloader", identity.bootloader},
      {"table_offset", identity.table_offset},
  };
  return boost::json::serialize(object) + '\n';
}

}  // namespace updraft::device
