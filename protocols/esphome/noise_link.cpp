#include "protocols/esphome/noise_link.hpp"

#include <algorithm>
#include <string_view>

#include "engine/core/assert.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kNoisePrologue = "NoiseOTAInit";
constexpr std::string_view kNoiseRefusal = "Handshake MAC failure";
constexpr std::byte kNoiseFrame{1};

}  // namespace

void NoiseLink::Clear::add(Bytes more) {
  std::ranges::copy(more, bytes.begin() + static_cast<std::ptrdiff_t>(size));
  size += more.size();
}

// What happened.

void NoiseLink::on_bytes(Bytes rx, Instant now) {
  rx = take_clear(rx, now);
  while (!rx.empty() && !failed_ && inner_.phase() != Phase::closed) {
    std::size_t want = kNoiseFrameHead;
    if (frame_size_ >= kNoiseFrameHead)
      want += static_cast<std::size_t>(load_be(Bytes(frame_).subspan(1, 2)));
    const Bytes part = at_most(rx, want - frame_size_);
    std::ranges::copy(part, frame_.begin() + static_cast<std::ptrdiff_t>(frame_size_));
    frame_size_ += part.size();
    rx = rx.subspan(part.size());
    if (frame_size_ == kNoiseFrameHead && want == kNoiseFrameHead) {
      const std::uint64_t size = load_be(Bytes(frame_).subspan(1, 2));
      if (frame_.front() != kNoiseFrame || size == 0 || size > kNoiseFrameBytes) {
        return fail_with(Code::protocol, now);
      }
    } else if (frame_size_ == want) {
      take_frame(now);
      frame_size_ = 0;
    }
  }
}

// Up to the last of them; what comes behind is of frames.
Bytes NoiseLink::take_clear(Bytes rx, Instant now) {
  const Bytes part = at_most(rx, clear_in() - heard_.size);
  if (part.empty()) return rx;
  heard_.add(part);
  inner_.on_bytes(part, now);
  begin();
  return rx.subspan(part.size());
}

void NoiseLink::on_peer_done(Instant now) {
  if (!failed_) inner_.on_peer_done(now);
}

void NoiseLink::on_lost(Instant now) {
  if (!failed_) inner_.on_lost(now);
}

void NoiseLink::on_waiting(Instant now) {
  if (!failed_) inner_.on_waiting(now);
}

void NoiseLink::on_deadline(Instant now) {
  if (!failed_) inner_.on_deadline(now);
}

std::optional<Instant> NoiseLink::deadline() const {
  return failed_ ? std::nullopt : inner_.deadline();
}

Phase NoiseLink::phase() const {
  if (failed_) return Phase::closed;
  return inner_.phase() == Phase::half_closed && out_size_ > 0 ? Phase::open : inner_.phase();
}

// What is said.

std::size_t NoiseLink::write_to(MutableBytes tx) {
  if (out_size_ == 0 && !failed_) {
    if (said_.size < clear_out()) {
      // No more than the clear ones; a link says the rest when it is asked again.
      std::array<std::byte, kHostClear> room;
      const std::size_t size = inner_.write_to(MutableBytes(room).first(clear_out() - said_.size));
      said_.add(Bytes(room).first(size));
      put(Bytes(room).first(size));
      begin();
    } else if (ready_) {
      put_sealed();
    }
  }
  const Bytes part = at_most(Bytes(out_).first(out_size_).subspan(out_at_), tx.size());
  std::ranges::copy(part, tx.begin());
  out_at_ += part.size();
  if (out_at_ == out_size_) out_at_ = out_size_ = 0;
  return part.size();
}

void NoiseLink::put(Bytes bytes) {
  UPDRAFT_ASSERT(bytes.size() <= out_.size() - out_size_);
  std::ranges::copy(bytes, out_.begin() + static_cast<std::ptrdiff_t>(out_size_));
  out_size_ += bytes.size();
}

void NoiseLink::put_frame(Bytes payload) {
  std::array<std::byte, kNoiseFrameHead> head{kNoiseFrame};
  store_be(MutableBytes(head).last(2), payload.size());
  put(head);
  put(payload);
}

// What the inner link says next, sealed where it stands.
void NoiseLink::put_sealed() {
  const MutableBytes payload = MutableBytes(out_).subspan(kNoiseFrameHead);
  const std::size_t size = inner_.write_to(payload.first(kNoisePlainBytes));
  if (size == 0) return;
  sends_.seal({}, payload.first(size), payload.first(size + kNoiseTagBytes));
  out_.front() = kNoiseFrame;
  store_be(MutableBytes(out_).subspan(1, 2), size + kNoiseTagBytes);
  out_size_ = kNoiseFrameHead + size + kNoiseTagBytes;
}

// Once all ten are there. The prologue has them in the order in which they belong, so that whoever
// changed one of them on the way has broken the handshake.
void NoiseLink::begin() {
  if (is_clear() || handshake_) return;
  const Bytes host = side_ == Side::initiator ? said_.view() : heard_.view();
  const Bytes device = side_ == Side::initiator ? heard_.view() : said_.view();
  std::array<std::byte, kNoisePrologue.size() + kHostClear + kDeviceClear> prologue;
  auto at = std::ranges::copy(as_bytes(kNoisePrologue), prologue.begin()).out;
  for (const Bytes part :
       {host.first(5), device.first(2), host.subspan(5, 1), device.subspan(2, 2)}) {
    at = std::ranges::copy(part, at).out;
  }
  handshake_.emplace(side_, key_, prologue, random_);
  if (side_ != Side::initiator || inner_.phase() != Phase::open) return;
  std::array<std::byte, 1 + kNoiseMessageBytes> message{};
  handshake_->write(MutableBytes(message).subspan(1));
  put_frame(message);
}

void NoiseLink::take_frame(Instant now) {
  const Bytes payload = Bytes(frame_).first(frame_size_).subspan(kNoiseFrameHead);
  if (!handshake_) return fail_with(Code::protocol, now);
  ready_ ? take_data(payload, now) : take_handshake(payload, now);
}

void NoiseLink::take_handshake(Bytes payload, Instant now) {
  if (payload.front() != std::byte{0}) return fail_with(Code::auth_failed, now);
  if (!handshake_->read(payload.subspan(1))) {
    if (side_ == Side::responder) {
      std::array<std::byte, 1 + kNoiseRefusal.size()> refusal{std::byte{1}};
      std::ranges::copy(as_bytes(kNoiseRefusal), refusal.begin() + 1);
      put_frame(refusal);
    }
    return fail_with(Code::auth_failed, now);
  }
  if (side_ == Side::responder) {
    std::array<std::byte, 1 + kNoiseMessageBytes> message{};
    handshake_->write(MutableBytes(message).subspan(1));
    put_frame(message);
  }
  sends_ = handshake_->sends();
  receives_ = handshake_->receives();
  ready_ = true;
}

void NoiseLink::take_data(Bytes payload, Instant now) {
  if (payload.size() <= kNoiseTagBytes) return fail_with(Code::protocol, now);
  const MutableBytes out =
      MutableBytes(frame_).subspan(kNoiseFrameHead, payload.size() - kNoiseTagBytes);
  if (!receives_.open({}, payload, out)) return fail_with(Code::protocol, now);
  inner_.on_bytes(out, now);
}

void NoiseLink::fail_with(Code code, Instant now) {
  failed_ = true;
  failed_result_ = fail(code, Where::link);
  inner_.on_lost(now);
}

}  // namespace updraft::link
