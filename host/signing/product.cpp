#include "host/signing/product.hpp"

#include <algorithm>
#include <vector>

#include <openssl/evp.h>

#include "engine/core/hex.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

// RFC 9562, appendix A: the namespace of domain names.
constexpr std::string_view kDns = "6ba7b8109dad11d180b400c04fd430c8";
constexpr std::size_t kMostName = 253;  // of a domain; what is longer is a mistake

bool read_id(std::string_view text, Id& id) {
  std::string digits(text);
  std::erase(digits, '-');
  return read_hex(digits, id);
}

// Names that differ in no sign that a person sees are one name: printable ASCII without blanks.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMostName &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Trouble wrong(std::string_view what, std::string_view text) {
  return {Trouble::Kind::usage, std::string(text) + " is no " + std::string(what)};
}

bool has_three_names(std::string_view text) {
  std::size_t names = 1;
  while (true) {
    const std::size_t slash = text.find('/');
    if (!is_name(text.substr(0, slash))) return false;
    if (slash == text.npos) return names == 3;
    text.remove_prefix(slash + 1);
    ++names;
  }
}

}  // namespace

Id uuid5(const Id& space, std::string_view name) {
  std::vector<std::byte> bytes(space.begin(), space.end());
  const Bytes more = as_bytes(name);
  bytes.insert(bytes.end(), more.begin(), more.end());
  std::array<std::byte, 20> sha1{};
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(sha1.data()), nullptr,
             EVP_sha1(), nullptr);
  Id id;
  std::copy_n(sha1.begin(), id.size(), id.begin());
  id[6] = (id[6] & std::byte{0x0f}) | std::byte{0x50};  // version 5
  id[8] = (id[8] & std::byte{0x3f}) | std::byte{0x80};
  return id;
}

Id read_vendor(std::string_view text) {
  Id id;
  if (read_id(text, id)) return id;
  if (!is_name(text) || text.find('.') == text.npos || text.find('/') != text.npos) {
    throw wrong("vendor: want a domain (example.com), or an id of 32 hex digits", text);
  }
  Id dns;
  (void)read_hex(kDns, dns);
  return uuid5(dns, text);
}

Id read_class(const Id& vendor, std::string_view text) {
  Id id;
  if (read_id(text, id)) return id;
  if (!has_three_names(text)) {
    throw wrong("class: want PRODUCT/CHIP/HARDWARE, or an id of 32 hex digits", text);
  }
  return uuid5(vendor, text);
}

Product read_product(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) throw wrong("product: want VENDOR/PRODUCT/CHIP/HARDWARE", text);
  Product product;
  product.vendor = read_vendor(text.substr(0, slash));
  product.class_id = read_class(product.vendor, text.substr(slash + 1));
  return product;
}

}  // namespace updraft::host
