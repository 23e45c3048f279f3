#include <array>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "engine/crypto/random.hpp"
#include "ports/linux/tls_link.hpp"

namespace updraft::linux_port {
namespace {

constexpr long kDay = 24L * 60 * 60;
constexpr int kDays = 20 * 365;

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;

void require(bool done) {
  if (!done) throw std::runtime_error("a TLS certificate cannot be made");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

template <class Write>
std::string pem(const Write& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  require(bio != nullptr && write(bio.get()) == 1);
  return text_of(bio.get());
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    list += (list.empty() ? "" : ",") + std::string(no_address ? "DNS:" : "IP:") + name;
  }
  return list;
}

void set_serial(X509* certificate) {
  std::array<std::byte, 8> random;
  crypto::random_bytes(random);
  const std::uint64_t serial =
      load_le32(random, 0) | static_cast<std::uint64_t>(load_le32(random, 4) & 0x7fffffff) << 32;
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial | 1) == 1);
}

}  // namespace

TlsIdentity make_self_signed(const std::vector<std::string>& names) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  require(key != nullptr && certificate != nullptr);
  X509* const x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  set_serial(x509);
  X509_gmtime_adj(X509_getm_notBefore(x509), -kDay);
  X509_time_adj_ex(X509_getm_notAfter(x509), kDays, 0, nullptr);
  X509_NAME* const subject = X509_get_subject_name(x509);
  const auto* const name = reinterpret_cast<const unsigned char*>("Updraft device");
  require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1);
  X509_set_issuer_name(x509, subject);
  X509_set_pubkey(x509, key.get());
  add_extension(x509, NID_subject_alt_name, alternative_names(names));
  add_extension(x509, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(x509, NID_ext_key_usage, "serverAuth");
  require(X509_sign(x509, key.get(), EVP_sha256()) != 0);
  return {.certificate = pem([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); }),
          .key = pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace updraft::linux_port
