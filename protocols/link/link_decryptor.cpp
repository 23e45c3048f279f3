#include "protocols/link/link_decryptor.hpp"

#include <algorithm>

namespace updraft::link {

using crypto::kAesBlock;

LinkDecryptor::LinkDecryptor(const LinkCipher& cipher)
    : aes_(cipher.mode, crypto::AesDirection::decrypt, cipher.key, cipher.iv) {}

void LinkDecryptor::reset() {
  aes_.reset();
  waiting_ = 0;
}

Bytes LinkDecryptor::next(Bytes& rx) {
  const MutableBytes plain(plain_);
  std::size_t size = 0;
  if (waiting_ != 0 || rx.size() < kAesBlock) {
    if (!complete_block(rx)) return {};
    aes_.process(block_, plain);
    size = kAesBlock;
  }
  const Bytes blocks = rx.first(std::min(rx.size(), plain.size() - size) / kAesBlock * kAesBlock);
  if (!blocks.empty()) aes_.process(blocks, plain.subspan(size));
  rx = rx.subspan(blocks.size());
  return plain.first(size + blocks.size());
}

bool LinkDecryptor::complete_block(Bytes& rx) {
  const Bytes part = rx.first(std::min(rx.size(), kAesBlock - waiting_));
  std::copy(part.begin(), part.end(), block_.begin() + static_cast<std::ptrdiff_t>(waiting_));
  waiting_ = (waiting_ + part.size()) % kAesBlock;
  rx = rx.subspan(part.size());
  return waiting_ == 0 && !part.empty();
}

}  // namespace updraft::link
