#include "ports/linux/ws_handshake.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace updraft::linux_port {
namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeyBytes = 16;

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(written));
  return text;
}

}  // namespace

std::string ws_accept(std::string_view key) {
  const std::string text = std::string(key) + std::string(kMagic);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return base64(digest, sizeof digest);
}

std::string ws_key(crypto::RandomSource random) {
  std::array<std::byte, kKeyBytes> bytes;
  random(bytes);
  return base64(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace updraft::linux_port
