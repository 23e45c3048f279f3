#include "host/sealing/key_files.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "engine/core/hex.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "updraft_openssl_owned.hpp"

namespace updraft::host {
namespace {

constexpr std::size_t kMaxKeyFile = 64 * 1024;
constexpr std::size_t kHmacBytes = 32;
constexpr const char* kNoRsa = ": holds no RSA-3072 key in PEM; `openssl genrsa 3072` makes one";
constexpr const char* kNoEcies =
    ": want a P-256 key in PEM, or an HMAC key of 32 bytes or 64 hex digits";

using Key = crypto::Owned<EVP_PKEY, EVP_PKEY_free>;

// A file's content, gone when it goes.
class Content {
 public:
  explicit Content(const std::string& path) : bytes_(read_file(path, kMaxKeyFile)) {}
  ~Content() { crypto::wipe(bytes_); }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  Bytes bytes() const { return bytes_; }
  std::string_view text() const { return as_text(bytes_); }
  bool is_pem() const { return text().find("-----BEGIN ") != std::string_view::npos; }

 private:
  std::vector<std::byte> bytes_;
};

// OpenSSL asks for a passphrase: there is none, and it shall not ask the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

template <class Read>
Key read_pem(const Content& content, Read read, bool& asked) {
  const auto size = static_cast<int>(content.bytes().size());
  BIO* const bio = BIO_new_mem_buf(content.bytes().data(), size);
  Key key(read(bio, nullptr, &no_passphrase, &asked));
  BIO_free(bio);
  ERR_clear_error();
  return key;
}

Key private_key(const Content& content, const std::string& path, const OnPrivateKey& on_private) {
  bool asked = false;
  Key key = read_pem(content, &PEM_read_bio_PrivateKey, asked);
  if (asked) {
    throw Trouble(Trouble::Kind::refused,
                  path +
                      " has a passphrase; a device cannot type one. Store the key "
                      "without: openssl pkey -in OLD -out NEW");
  }
  if (key) on_private(path);
  return key;
}

std::vector<std::byte> to_der(const EVP_PKEY* key, int (*write)(const EVP_PKEY*, unsigned char**)) {
  std::vector<std::byte> der(static_cast<std::size_t>(std::max(0, write(key, nullptr))));
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  if (!der.empty()) write(key, &at);
  return der;
}

std::optional<crypto::Secret<kHmacBytes>> from_hex(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::array<std::byte, kHmacBytes> bytes{};
  if (!read_hex(text, bytes)) return std::nullopt;
  crypto::Secret<kHmacBytes> key{Bytes(bytes)};
  crypto::wipe(bytes);
  return key;
}

std::optional<crypto::Secret<kHmacBytes>> hmac_key(const Content& content) {
  if (content.bytes().size() == kHmacBytes) return crypto::Secret<kHmacBytes>(content.bytes());
  return from_hex(content.text());
}

// The private number of a P-256 key in PEM.
std::optional<crypto::Secret<32>> scalar_of(const EVP_PKEY* key) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
    return std::nullopt;
  }
  std::array<unsigned char, 32> bytes{};
  const int size = BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size()));
  BN_clear_free(number);
  if (size < 0) return std::nullopt;
  crypto::Secret<32> scalar{std::as_bytes(std::span(bytes))};
  crypto::wipe(std::as_writable_bytes(std::span(bytes)));
  return scalar;
}

crypto::Secret<32> private_scalar(const std::string& path, const OnPrivateKey& on_private) {
  const Content content(path);
  if (!content.is_pem()) {
    const auto hmac = hmac_key(content);
    if (!hmac) throw Trouble(Trouble::Kind::refused, path + kNoEcies);
    on_private(path);
    return format::ecies_scalar(*hmac);
  }
  const Key key = private_key(content, path, on_private);
  const bool p256 = key && sim::seal_for(to_der(key.get(), &i2d_PUBKEY));
  const auto scalar = p256 ? scalar_of(key.get()) : std::nullopt;
  if (!scalar) {
    throw Trouble(Trouble::Kind::refused,
                  path + kNoEcies + "; to open an image it has to be the private one");
  }
  return *scalar;
}

// Of a PEM file with a public or a private key.
std::optional<sim::SealFor> public_key(const Content& content, const std::string& path,
                                       const OnPrivateKey& on_private) {
  Key key = private_key(content, path, on_private);
  bool asked = false;
  if (!key) key = read_pem(content, &PEM_read_bio_PUBKEY, asked);
  return key ? sim::seal_for(to_der(key.get(), &i2d_PUBKEY)) : std::nullopt;
}

}  // namespace

std::shared_ptr<format::SealedKeys> read_private_keys(const KeyFiles& files,
                                                      const OnPrivateKey& on_private) {
  if (!files.any()) return nullptr;
  auto keys = std::make_shared<format::SealedKeys>();
  if (!files.rsa.empty()) {
    const Content content(files.rsa);
    const Key key = private_key(content, files.rsa, on_private);
    std::vector<std::byte> der =
        key ? to_der(key.get(), &i2d_PrivateKey) : std::vector<std::byte>{};
    const bool added = keys->add_rsa(der);
    crypto::wipe(der);
    if (!added) {
      throw Trouble(Trouble::Kind::refused,
                    files.rsa + kNoRsa + "; to open an image it has to be the private one");
    }
  }
  if (!files.ecies.empty() && !keys->add_ecies(private_scalar(files.ecies, on_private))) {
    throw Trouble(Trouble::Kind::refused, files.ecies + ": that number is no private key of P-256");
  }
  return keys;
}

sim::SealFor read_public_key(const KeyFiles& files, const OnPrivateKey& on_private) {
  const bool rsa = !files.rsa.empty();
  const std::string& path = rsa ? files.rsa : files.ecies;
  const Content content(path);
  std::optional<sim::SealFor> key;
  if (rsa || content.is_pem()) {
    key = public_key(content, path, on_private);
  } else {
    key = sim::seal_for_scalar(private_scalar(path, on_private));
  }
  const auto wanted = rsa ? format::Seal::rsa : format::Seal::ecies;
  if (!key || key->scheme != wanted)
    throw Trouble(Trouble::Kind::refused, path + (rsa ? kNoRsa : kNoEcies));
  return *key;
}

}  // namespace updraft::host
