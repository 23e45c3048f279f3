// The pairing of a virtual device with whoever may update it by native push, in its state
// directory:
//
//   native-pairing   the secret, and whether somebody has used it (mode 0600)
//   pairing          the line that a person takes to the sender; only until then (mode 0600)
#pragma once
#include <filesystem>
#include <string>

#include "protocols/native/native_pairing.hpp"

namespace updraft::device {

class PairingFile {
 public:
  // Makes a secret where there is none. Throws std::runtime_error, std::system_error.
  PairingFile(std::filesystem::path state, const std::string& id);

  const link::Pairing& pairing() const { return pairing_; }
  bool used() const { return used_; }  // then the line is shown no more
  std::string line() const;
  // Both throw std::system_error; what held before holds then.
  void use();
  void renew();  // a new secret, which nobody has used

 private:
  void save(const link::Pairing& pairing, bool used);

  std::filesystem::path state_;
  link::Pairing pairing_;
  bool used_ = false;
};

}  // namespace updraft::device
