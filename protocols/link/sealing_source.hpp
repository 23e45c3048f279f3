// A payload encrypted on its way out, as link_decryptor.hpp opens it: the last block is filled up
// with FF, as erased flash is, so that an image is still one.
#pragma once
#include <array>

#include "protocols/link/link_cipher.hpp"
#include "protocols/link/source.hpp"

namespace updraft::link {

class SealingSource final : public Source {
 public:
  SealingSource(Source& plain, const LinkCipher& cipher)  // the source outlives it
      : plain_(plain), aes_(cipher.mode, crypto::AesDirection::encrypt, cipher.key, cipher.iv) {}
  // A multiple of 16, if the source knows its own.
  std::uint64_t size() const override {
    const std::uint64_t size = plain_.size();
    return size == kUnknownSize ? size : align_up(size, crypto::kAesBlock);
  }
  std::size_t read(MutableBytes out) override;

 private:
  std::size_t seal(MutableBytes blocks);

  Source& plain_;
  crypto::Aes256 aes_;
  std::array<std::byte, crypto::kAesBlock> block_{};  // for a reader that offers less room
  Bytes sealed_;                                      // the part of it that was not read yet
};

}  // namespace updraft::link
