// The keys of pre-encrypted images, from the files that people keep them in.
//
//   --rsa-key    PEM of an RSA-3072 key
//   --ecies-key  PEM of a P-256 key; or the 32 bytes of the HMAC key that a chip has in its eFuse,
//                raw or as 64 hex digits, which the private key is made of
//
// A private key is taken if its public half is needed.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "engine/format/sealed_keys.hpp"
#include "sim/sealed_image.hpp"

namespace updraft::host {

struct KeyFiles {
  std::string rsa;
  std::string ecies;
  bool any() const { return !rsa.empty() || !ecies.empty(); }
};

// Told of each file that a private key was found in.
using OnPrivateKey = std::function<void(const std::string& path)>;

// Both throw Trouble: no such file, no such key in it, or one that has a passphrase.

// nullptr if none is given.
std::shared_ptr<format::SealedKeys> read_private_keys(const KeyFiles& files,
                                                      const OnPrivateKey& on_private);
// Of the one that is given.
sim::SealFor read_public_key(const KeyFiles& files, const OnPrivateKey& on_private);

}  // namespace updraft::host
