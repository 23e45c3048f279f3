#include "protocols/esphome/noise/noise_link.hpp"

#include <algorithm>
#include <string_view>

namespace updraft::link {
namespace {

constexpr std::string_view kNoisePrologue = "NoiseOTAInit";
constexpr std::string_view kNoiseRefusal = "Handshake MAC failure";
constexpr std::byte kNoiseFrame{1};

void append(std::vector<std::byte>& to, Bytes bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

// What happened.

void NoiseLink::on_bytes(Bytes rx, Instant now) {
  rx = take_clear(rx, now);
  while (!rx.empty() && !failed_ && inner_.phase() != Phase::closed) {
    std::size_t want = kNoiseFrameHead;
    if (frame_.size() >= kNoiseFrameHead)
      want += static_cast<std::size_t>(load_be(Bytes(frame_).subspan(1, 2)));
    const Bytes part = at_most(rx, want - frame_.size());
    append(frame_, part);
    rx = rx.subspan(part.size());
    if (frame_.size() == kNoiseFrameHead && want == kNoiseFrameHead) {
      const std::uint64_t size = load_be(Bytes(frame_).subspan(1, 2));
      if (frame_.front() != kNoiseFrame || size == 0 || size > kNoiseFrameBytes) {
        return fail_with(Code::protocol, now);
      }
    } else if (frame_.size() == want) {
      take_frame(now);
      frame_.clear();
    }
  }
}

// Up to the last of them; what comes behind is of frames.
Bytes NoiseLink::take_clear(Bytes rx, Instant now) {
  const Bytes part = at_most(rx, clear_in() - std::min(heard_.size(), clear_in()));
  if (part.empty()) return rx;
  append(heard_, part);
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
  return inner_.phase() == Phase::half_closed && !out_.empty() ? Phase::open : inner_.phase();
}

// What is said.

std::size_t NoiseLink::write_to(MutableBytes tx) {
  if (out_.empty() && !failed_) {
    std::array<std::byte, kNoisePlainBytes> plain;
    if (said_.size() < clear_out()) {
      // No more than the clear ones; a link says the rest when it is asked again.
      const std::size_t size =
          inner_.write_to(MutableBytes(plain).first(clear_out() - said_.size()));
      append(said_, Bytes(plain).first(size));
      append(out_, Bytes(plain).first(size));
      begin();
    } else if (ready_) {
      if (const std::size_t size = inner_.write_to(plain); size > 0) {
        std::array<std::byte, kNoiseFrameBytes> sealed;
        const MutableBytes payload = MutableBytes(sealed).first(size + kNoiseTagBytes);
        sends_.seal({}, Bytes(plain).first(size), payload);
        put_frame(payload);
      }
    }
  }
  const Bytes part = at_most(out_, tx.size());
  std::ranges::copy(part, tx.begin());
  const std::size_t size = part.size();
  out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size));
  return size;
}

void NoiseLink::put_frame(Bytes payload) {
  std::array<std::byte, kNoiseFrameHead> head{kNoiseFrame};
  store_be(MutableBytes(head).last(2), payload.size());
  append(out_, head);
  append(out_, payload);
}

// Once all ten are there. The prologue has them in the order in which they belong, so that whoever
// changed one of them on the way has broken the handshake.
void NoiseLink::begin() {
  if (is_clear() || handshake_) return;
  const std::vector<std::byte>& host = side_ == Side::initiator ? said_ : heard_;
  const std::vector<std::byte>& device = side_ == Side::initiator ? heard_ : said_;
  std::vector<std::byte> prologue;
  append(prologue, as_bytes(kNoisePrologue));
  append(prologue, Bytes(host).first(5));
  append(prologue, Bytes(device).first(2));
  append(prologue, Bytes(host).subspan(5, 1));
  append(prologue, Bytes(device).subspan(2, 2));
  handshake_.emplace(side_, key_, prologue, random_);
  if (side_ != Side::initiator || inner_.phase() != Phase::open) return;
  std::array<std::byte, 1 + kNoiseMessageBytes> message{};
  handshake_->write(MutableBytes(message).subspan(1));
  put_frame(message);
}

void NoiseLink::take_frame(Instant now) {
  const Bytes payload = Bytes(frame_).subspan(kNoiseFrameHead);
  if (!handshake_) return fail_with(Code::protocol, now);
  ready_ ? take_data(payload, now) : take_handshake(payload, now);
}

void NoiseLink::take_handshake(Bytes payload, Instant now) {
  if (payload.front() != std::byte{0}) return fail_with(Code::auth_failed, now);
  if (!handshake_->read(payload.subspan(1))) {
    if (side_ == Side::responder) {
      std::vector<std::byte> refusal{std::byte{1}};
      append(refusal, as_bytes(kNoiseRefusal));
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
  std::array<std::byte, kNoisePlainBytes> plain;
  const MutableBytes out = MutableBytes(plain).first(payload.size() - kNoiseTagBytes);
  if (!receives_.open({}, payload, out)) return fail_with(Code::protocol, now);
  inner_.on_bytes(out, now);
}

void NoiseLink::fail_with(Code code, Instant now) {
  failed_ = true;
  failed_result_ = fail(code, Where::link);
  inner_.on_lost(now);
}

}  // namespace updraft::link
