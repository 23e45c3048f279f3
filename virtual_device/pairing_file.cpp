#include "virtual_device/pairing_file.hpp"

#include <array>
#include <fstream>
#include <stdexcept>

#include "engine/crypto/random.hpp"
#include "ports/linux/replace_file.hpp"

namespace updraft::device {
namespace {

constexpr const char* kFile = "native-pairing";
constexpr const char* kShown = "pairing";
constexpr std::string_view kUsed = "used";

std::string text_of(const link::Pairing& pairing) {
  std::array<char, link::kPairingTextBytes> room;
  return std::string(link::pairing_text(pairing, room));
}

link::Pairing make_pairing(std::string_view id) {
  std::array<std::byte, 32> secret;
  crypto::random_bytes(secret);
  link::Pairing pairing{Text<link::kNativeIdBytes>(id), link::PairingSecret(secret)};
  crypto::wipe(secret);
  return pairing;
}

}  // namespace

PairingFile::PairingFile(std::filesystem::path state, const std::string& id)
    : state_(std::move(state)) {
  std::ifstream in(state_ / kFile);
  std::string line, word;
  if (!std::getline(in, line)) {
    save(make_pairing(id), false);
    return;
  }
  std::getline(in, word);
  const auto read = link::parse_pairing(line);
  if (!read) {
    throw std::runtime_error((state_ / kFile).string() +
                             " is no pairing; without the file the device makes a new one");
  }
  pairing_ = *read;
  used_ = word == kUsed;
  if (pairing_.id.view() != id) save({Text<link::kNativeIdBytes>(id), pairing_.secret}, used_);
}

std::string PairingFile::line() const { return text_of(pairing_); }

void PairingFile::use() {
  if (!used_) save(pairing_, true);
}

void PairingFile::renew() { save(make_pairing(pairing_.id.view()), false); }

// The line is shown before it can be needed, and goes after it is not.
void PairingFile::save(const link::Pairing& pairing, bool used) {
  const std::string line = text_of(pairing) + "\n";
  const std::filesystem::path shown = state_ / kShown;
  std::error_code gone;
  if (used) {
    std::filesystem::remove(shown, gone);
  } else {
    linux_port::replace_file(shown, as_bytes(line), linux_port::kPrivateMode);
  }
  const std::string kept = line + (used ? std::string(kUsed) + "\n" : "");
  linux_port::replace_file(state_ / kFile, as_bytes(kept), linux_port::kPrivateMode);
  pairing_ = pairing;
  used_ = used;
}

}  // namespace updraft::device
