// Keys that sign: P-256, in the files that people keep them in. Private ones are PKCS#8 PEM,
// encrypted or not; public ones SubjectPublicKeyInfo PEM (spec/suit.md section 6).
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/suit/key_set.hpp"

struct evp_pkey_st;

namespace updraft::host {

using Point = std::array<std::byte, suit::kPointBytes>;
using Signature = std::array<std::byte, suit::kSignatureBytes>;

// Asked where a file is encrypted.
using AskPassword = std::function<std::string()>;

inline constexpr std::size_t kMostPassword = 1023;  // what OpenSSL takes

struct KeyFile;

class SigningKey {
 public:
  static SigningKey generate();
  // Of a private key. Throws Trouble: no file, no such key in it, or the password is wrong.
  static SigningKey read(const std::string& file, const AskPassword& ask);

  Point point() const;
  Signature sign(Bytes message) const;  // ECDSA of its SHA-256
  // PKCS#8; with a password encrypted by AES-256. The caller wipes it.
  std::string private_pem(const std::string& password) const;

 private:
  friend KeyFile read_key_file(const std::string& file, const AskPassword& ask);
  explicit SigningKey(evp_pkey_st* key);
  std::shared_ptr<evp_pkey_st> key_;
};

// A public key, or a private one. read_key_file throws Trouble.
struct KeyFile {
  Point point{};
  std::optional<SigningKey> key;  // where it is private
};
KeyFile read_key_file(const std::string& file, const AskPassword& ask);

// A signature from elsewhere, in DER or as r and s; recognised by its length and its first byte.
// nullopt: it is none.
std::optional<Signature> read_signature(Bytes bytes);

// SubjectPublicKeyInfo.
std::string public_pem(const Point& point);

// f0f4cda3ee081331
std::array<std::byte, suit::kKidBytes> kid_of(const Point& point);

}  // namespace updraft::host
