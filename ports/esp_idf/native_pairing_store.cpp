#include "ports/esp_idf/native_pairing_store.hpp"

#include <algorithm>
#include <array>

#include "engine/crypto/random.hpp"

namespace updraft::esp_idf {
namespace {

constexpr const char* kKey = "pairing";
constexpr std::size_t kSecretBytes = 32;

// As it stands in NVS: the secret, and a byte that says that it was used.
struct Blob {
  ~Blob() { crypto::wipe(bytes); }
  std::array<std::byte, kSecretBytes + 1> bytes{};
  std::size_t size = bytes.size();
  MutableBytes secret() { return MutableBytes(bytes).first(kSecretBytes); }
};

}  // namespace

esp_err_t NativePairingStore::open(std::string_view id) {
  pairing_.id = Text<link::kNativeIdBytes>(id);
  if (nvs_open("updraft", NVS_READWRITE, &notes_) != ESP_OK) return ESP_FAIL;
  Blob blob;
  const esp_err_t err = nvs_get_blob(notes_, kKey, blob.bytes.data(), &blob.size);
  if (err == ESP_ERR_NVS_NOT_FOUND) return renew();
  if (err != ESP_OK || blob.size < kSecretBytes) return ESP_FAIL;
  pairing_.secret = link::PairingSecret(blob.secret());
  used_ = blob.size > kSecretBytes && blob.bytes.back() != std::byte{0};
  return ESP_OK;
}

esp_err_t NativePairingStore::renew() {
  Blob blob;
  crypto::random_bytes(blob.secret());
  return save(link::PairingSecret(blob.secret()), false);
}

esp_err_t NativePairingStore::save(const link::PairingSecret& secret, bool used) {
  Blob blob;
  std::ranges::copy(secret.reveal(), blob.bytes.begin());
  blob.bytes.back() = std::byte{used};
  if (nvs_set_blob(notes_, kKey, blob.bytes.data(), blob.size) != ESP_OK) return ESP_FAIL;
  if (nvs_commit(notes_) != ESP_OK) return ESP_FAIL;
  pairing_.secret = secret;
  used_ = used;
  return ESP_OK;
}

}  // namespace updraft::esp_idf
