#include "protocols/sd/sd_device.hpp"

#include <algorithm>

#include "engine/crypto/aes.hpp"

namespace updraft::link {
namespace {

// FNV-1a: tells the names of one folder apart, and proves nothing.
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

SdDevice::Next SdDevice::step() {
  switch (state_) {
    case State::looking:
      return look();
    case State::hashing:
      return hash();
    case State::taking:
      return take();
  }
  return Next::later;
}

// Which file.

SdDevice::Next SdDevice::look() {
  if (judged_count_ == judged_.size() || !find_next()) {
    name_ = {};
    return Next::later;
  }
  return examine();
}

// The next one by its name, whatever order the card keeps.
bool SdDevice::find_next() {
  const SdName before = name_;
  if (!card_.list()) return false;
  SdName next;
  for (auto name = card_.next_name(); !name.empty(); name = card_.next_name()) {
    if (!is_sd_update(name) || name <= before.view()) continue;
    if (next.empty() || name < next.view()) next = SdName(name);
  }
  name_ = next;
  return !next.empty();
}

SdDevice::Next SdDevice::examine() {
  const Result<SdCard::File> file = card_.open(name_.view());
  if (!file) return Next::soon;
  card_.close();
  seen_ = {.name = hash_of(name_.view()), .file = *file};
  if (is_judged()) return Next::soon;
  if (seen_ != fresh_) {  // perhaps somebody is still copying it
    fresh_ = seen_;
    name_ = {};
    return Next::later;
  }
  const auto digest = digest_beside();
  if (!digest && digest.error().code == Code::aborted) return close(Next::later);
  if (!digest) return give_up(digest.error());
  if (!*digest) return begin();
  expected_ = **digest;
  sha_.reset();
  read_ = 0;
  if (!card_.open(name_.view())) return Next::soon;
  state_ = State::hashing;
  return Next::soon;
}

Result<std::optional<crypto::Sha256Digest>> SdDevice::digest_beside() {
  using Digest = std::optional<crypto::Sha256Digest>;
  if (!card_.open(SdName(name_.view(), kSdDigestEnding).view())) return Digest{};
  std::array<std::byte, kSdDigestRead> text;
  const Result<std::size_t> size = card_.read(text);
  card_.close();
  if (!size) return size.error();
  const Digest digest = parse_sd_digest(Bytes(text).first(*size));
  if (!digest) return fail(Code::malformed, Where::link);
  return digest;
}

SdDevice::Next SdDevice::hash() {
  const Result<std::size_t> size = card_.read(block_);
  if (!size) return close(Next::later);
  sha_.update(Bytes(block_).first(*size));
  if (*size == block_.size()) return Next::soon;
  card_.close();
  if (sha_.finish() != expected_) return give_up({Code::digest_mismatch, Where::link});
  return begin();
}

// What is in it.

SdDevice::Next SdDevice::begin() {
  const std::uint64_t size = seen_.file.size;
  if (size == 0) return give_up({Code::payload_missing, Where::link});
  if (config_.decryptor != nullptr && size % crypto::kAesBlock != 0) {
    return give_up({Code::size_mismatch, Where::link, size, align_up(size, crypto::kAesBlock)});
  }
  const Result<SdCard::File> file = card_.open(name_.view());
  if (!file || *file != seen_.file) return close(Next::later);
  if (const Result<> begun = stream_.begin(size); !begun) return put_aside(begun.error());
  read_ = 0;
  state_ = State::taking;
  return Next::soon;
}

SdDevice::Next SdDevice::take() {
  const std::uint64_t left = seen_.file.size - read_;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, block_.size()));
  const Result<std::size_t> size = card_.read(MutableBytes(block_).first(most));
  if (!size) {
    stream_.abort(size.error());
    return close(Next::later);
  }
  if (*size == 0) {
    const Error why{Code::size_mismatch, Where::link, read_, seen_.file.size};
    stream_.abort(why);
    return put_aside(why);
  }
  read_ += *size;
  if (const Result<> written = stream_.write(Bytes(block_).first(*size)); !written) {
    return put_aside(written.error());
  }
  return read_ == seen_.file.size ? end() : Next::soon;
}

SdDevice::Next SdDevice::end() {
  const Result<Taken> taken = stream_.finish(PayloadEnd::told);
  if (!taken) return put_aside(taken.error());
  card_.close();
  (void)card_.rename(SdName(name_.view(), kSdDigestEnding).view(),  // there may be none
                     SdName(name_.view(), kSdTakenEnding, kSdDigestEnding).view());
  const bool renamed =
      card_.rename(name_.view(), SdName(name_.view(), kSdTakenEnding).view()).has_value();
  if (!renamed) judge();  // a card that is locked
  return close(*taken == Taken::installed ? Next::restart : Next::later);
}

SdDevice::Next SdDevice::give_up(const Error& why) {
  engine_.never_began(kSd, why);
  return put_aside(why);
}

// Busy: another sender goes first, and the file's turn comes again.
SdDevice::Next SdDevice::put_aside(const Error& why) {
  if (why.code != Code::busy) judge();
  return close(Next::later);
}

SdDevice::Next SdDevice::close(Next next) {
  card_.close();
  state_ = State::looking;
  name_ = {};
  return next;
}

bool SdDevice::is_judged() const {
  const auto all = std::span(judged_).first(judged_count_);
  return std::ranges::find(all, seen_) != all.end();
}

void SdDevice::judge() {
  const auto all = std::span(judged_).first(judged_count_);
  const auto same = std::ranges::find(all, seen_.name, &Seen::name);
  if (same != all.end()) {
    *same = seen_;
  } else {
    judged_[judged_count_++] = seen_;
  }
}

}  // namespace updraft::link
