#include "host/signing/signing_key.hpp"

#include <algorithm>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "engine/crypto/raw_bytes.hpp"
#include "engine/crypto/secret.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "updraft_openssl_owned.hpp"

namespace updraft::host {
namespace {

using crypto::raw;
using Bio = crypto::Owned<BIO, BIO_free_all>;
using Context = crypto::Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcSignature = crypto::Owned<ECDSA_SIG, ECDSA_SIG_free>;

constexpr std::size_t kMaxKeyFile = 64 * 1024;
constexpr std::size_t kNumber = 32;
constexpr unsigned char kDerSequence = 0x30;

Trouble no_key(const std::string& file, const char* which) {
  return {Trouble::Kind::refused,
          file + ": holds no " + which + " P-256 key in PEM; updraft key gen makes one"};
}

// A file's content, gone when it goes.
struct Content {
  explicit Content(const std::string& file) : bytes(read_file(file, kMaxKeyFile)) {}
  ~Content() { crypto::wipe(bytes); }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;
  Bio open() const { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }
  std::vector<std::byte> bytes;
};

struct Asked {
  const AskPassword& ask;
  bool was_asked = false;
  std::exception_ptr trouble;  // OpenSSL is C: nothing is thrown through it
};

int give_password(char* out, int room, int, void* context) {
  auto& asked = *static_cast<Asked*>(context);
  asked.was_asked = true;
  if (!asked.ask) return -1;
  try {
    std::string password = asked.ask();
    const auto size = std::min(password.size(), static_cast<std::size_t>(room));
    std::copy_n(password.begin(), size, out);
    crypto::wipe(std::as_writable_bytes(std::span(password)));
    return static_cast<int>(size);
  } catch (...) {
    asked.trouble = std::current_exception();
    return -1;
  }
}

// A public key has no password; without this OpenSSL would ask the terminal for one.
int ask_nobody(char*, int, int, void*) { return -1; }

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                        nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

EVP_PKEY* read_private(const Content& content, const std::string& file, const AskPassword& ask) {
  Asked asked{ask};
  EVP_PKEY* const key =
      PEM_read_bio_PrivateKey(content.open().get(), nullptr, give_password, &asked);
  ERR_clear_error();
  if (asked.trouble) std::rethrow_exception(asked.trouble);
  if (key == nullptr && asked.was_asked) {
    throw Trouble(Trouble::Kind::refused, file + ": the password does not open this key");
  }
  return key;
}

Point point_of(const EVP_PKEY* key) {
  std::array<unsigned char, 1 + suit::kPointBytes> octets{};
  std::size_t size = 0;
  EVP_PKEY_set_utf8_string_param(const_cast<EVP_PKEY*>(key),
                                 OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
  EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size(),
                                  &size);
  Point point;
  std::ranges::copy(std::as_bytes(std::span(octets)).subspan(1), point.begin());
  return point;
}

// r and s; false: they do not fit.
bool numbers_of(const ECDSA_SIG* signature, Signature& out) {
  auto* const at = reinterpret_cast<unsigned char*>(out.data());
  return BN_bn2binpad(ECDSA_SIG_get0_r(signature), at, kNumber) == kNumber &&
         BN_bn2binpad(ECDSA_SIG_get0_s(signature), at + kNumber, kNumber) == kNumber;
}

std::optional<Signature> from_der(Bytes der) {
  const unsigned char* at = raw(der);
  const EcSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  ERR_clear_error();
  Signature numbers;
  if (!signature || at != raw(der) + der.size() || !numbers_of(signature.get(), numbers)) {
    return std::nullopt;
  }
  return numbers;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(std::max(0L, size))};
}

}  // namespace

SigningKey::SigningKey(evp_pkey_st* key) : key_(key, EVP_PKEY_free) {}

SigningKey SigningKey::generate() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  if (key == nullptr) throw Trouble(Trouble::Kind::failed, "the system gives no random numbers");
  return SigningKey(key);
}

SigningKey SigningKey::read(const std::string& file, const AskPassword& ask) {
  const Content content(file);
  SigningKey key(read_private(content, file, ask));
  if (!is_p256(key.key_.get())) throw no_key(file, "private");
  return key;
}

Point SigningKey::point() const { return point_of(key_.get()); }

Signature SigningKey::sign(Bytes message) const {
  const Context context(EVP_MD_CTX_new());
  std::array<std::byte, 80> der{};  // two numbers and their heads
  std::size_t size = der.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                     raw(message), message.size()) == 1;
  const auto signature = done ? from_der(Bytes(der).first(size)) : std::nullopt;
  if (!signature) throw Trouble(Trouble::Kind::failed, "OpenSSL did not sign");
  return *signature;
}

std::string SigningKey::private_pem(const std::string& password) const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  const EVP_CIPHER* const cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
  const int done = PEM_write_bio_PKCS8PrivateKey(
      bio.get(), key_.get(), cipher, password.empty() ? nullptr : password.data(),
      static_cast<int>(password.size()), nullptr, nullptr);
  if (done != 1) throw Trouble(Trouble::Kind::failed, "OpenSSL did not write the key");
  return text_of(bio.get());
}

KeyFile read_key_file(const std::string& file, const AskPassword& ask) {
  const Content content(file);
  const crypto::Owned<EVP_PKEY, EVP_PKEY_free> key(
      PEM_read_bio_PUBKEY(content.open().get(), nullptr, ask_nobody, nullptr));
  ERR_clear_error();
  if (is_p256(key.get())) return {point_of(key.get()), std::nullopt};
  SigningKey own(read_private(content, file, ask));
  if (!is_p256(own.key_.get())) throw no_key(file, "public or private");
  return {own.point(), own};
}

std::optional<Signature> read_signature(Bytes bytes) {
  if (bytes.size() == suit::kSignatureBytes) {
    Signature signature;
    std::ranges::copy(bytes, signature.begin());
    return signature;
  }
  const bool der = !bytes.empty() && load_u8(bytes, 0) == kDerSequence;
  return der ? from_der(bytes) : std::nullopt;
}

std::string public_pem(const Point& point) {
  // RFC 5480: what stands before the point of any P-256 key.
  constexpr unsigned char kFront[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
  std::vector<unsigned char> der(std::begin(kFront), std::end(kFront));
  der.insert(der.end(), raw(point), raw(point) + point.size());
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio(bio.get(), PEM_STRING_PUBLIC, "", der.data(), static_cast<long>(der.size()));
  return text_of(bio.get());
}

std::array<std::byte, suit::kKidBytes> kid_of(const Point& point) {
  const crypto::Sha256Digest print = suit::thumbprint(suit::cose_key(point));
  std::array<std::byte, suit::kKidBytes> kid;
  std::ranges::copy(Bytes(print).first(kid.size()), kid.begin());
  return kid;
}

}  // namespace updraft::host
