#include "protocols/arduino/arduino_device.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/hex.hpp"

namespace updraft::link {

// What happened.

void ArduinoDevice::on_datagram(const PeerAddress& from, Bytes bytes, Instant now) {
  now_ = now;
  reply_ = Reply::none;
  const std::string_view text = as_text(bytes);
  if (const auto proof = parse_arduino_proof(text)) return answered(from, *proof);
  if (const auto invitation = parse_arduino_invitation(text)) invited(from, *invitation);
}

void ArduinoDevice::on_deadline(Instant now) {
  now_ = now;
  for (Challenge& one : challenges_) {
    if (one.asked && now >= one.ask_at + kArduinoChallengeMs) one = {};
  }
}

// Invitations and answers.

void ArduinoDevice::invited(const PeerAddress& from, const ArduinoInvitation& invitation) {
  if (is_coming(from, invitation)) return reply(from, Reply::ok);
  if (config_.password.empty()) return accept(from, invitation, false);
  if (guards_.locked(origin_of(from), now_)) {
    return refuse(from, {Code::locked, Where::link});
  }
  challenge(from, invitation);
}

// After a wrong answer the next question waits until the guard lets it go.
void ArduinoDevice::challenge(const PeerAddress& from, const ArduinoInvitation& invitation) {
  std::array<std::byte, kArduinoCurrentChars / 2> bits;
  std::array<std::byte, kArduinoCurrentChars> hex;
  config_.random(bits);
  write_hex(bits, hex);
  const std::size_t chars = config_.legacy ? kArduinoLegacyChars : kArduinoCurrentChars;
  challenge_place(from) = {.taken = true,
                           .asked = false,
                           .from = from,
                           .invitation = invitation,
                           .nonce = ArduinoHex(Bytes(hex).first(chars)),
                           .ask_at = std::max(now_, guards_.opens_at(origin_of(from)))};
}

// Any one that it fits; a wrong answer ends all of that address.
void ArduinoDevice::answered(const PeerAddress& from, const ArduinoProof& proof) {
  const Origin origin = origin_of(from);
  bool asked = false;
  for (Challenge& one : challenges_) {
    if (!one.taken || !one.asked || one.from.ip != from.ip) continue;
    asked = true;
    if (!is_arduino_response(proof.response, config_.password, one.nonce.view(), proof.cnonce)) {
      continue;
    }
    guards_.on_success(origin, now_);
    const ArduinoInvitation invitation = one.invitation;
    forget(from, &invitation);
    return accept(from, invitation, true);
  }
  if (!asked) return;
  forget(from, nullptr);
  guards_.on_failure(origin, now_);
  engine_.never_began(kArduino, {Code::auth_failed, Where::link});
  reply(from, Reply::wrong);
}

ArduinoDevice::Challenge& ArduinoDevice::challenge_place(const PeerAddress& from) {
  Challenge* oldest = &challenges_.front();
  Challenge* own = nullptr;
  std::size_t count = 0;
  for (Challenge& one : challenges_) {
    if (!one.taken) {
      if (oldest->taken) oldest = &one;
      continue;
    }
    if (oldest->taken && one.ask_at < oldest->ask_at) oldest = &one;
    if (one.from.ip != from.ip) continue;
    ++count;
    if (own == nullptr || one.ask_at < own->ask_at) own = &one;
  }
  return own != nullptr && count >= kArduinoOfOneHost ? *own : *oldest;
}

// That invitation's challenges; nullptr: all of that address.
void ArduinoDevice::forget(const PeerAddress& from, const ArduinoInvitation* invitation) {
  for (Challenge& one : challenges_) {
    const bool meant = invitation == nullptr || one.invitation == *invitation;
    if (one.taken && one.from.ip == from.ip && meant) one = {};
  }
}

// The call.

bool ArduinoDevice::is_coming(const PeerAddress& from, const ArduinoInvitation& invitation) const {
  return std::ranges::any_of(hosts_, [&](const Host& host) {
    return host.download && !host.download->over() && host.at.ip == from.ip &&
           host.invitation == invitation;
  });
}

void ArduinoDevice::accept(const PeerAddress& from, const ArduinoInvitation& invitation,
                           bool proved) {
  const Result<std::uint8_t> target = target_of(invitation);
  if (!target) return refuse(from, target.error());
  Host* const host = place_for_next();
  if (host == nullptr) return refuse(from, {Code::busy, Where::device});
  host->at = from;
  host->at.port = invitation.port;
  host->invitation = invitation;
  ArduinoDownload& download = host->download.emplace(engine_, invitation, proved, *target);
  if (const Result<> welcome = download.announce(); !welcome) {
    host->download.reset();
    return refuse(from, welcome.error());
  }
  if (called_ != nullptr) called_->download->give_way();
  next_ = host;
  reply(from, Reply::ok);
}

Result<std::uint8_t> ArduinoDevice::target_of(const ArduinoInvitation& invitation) const {
  if (invitation.command != kArduinoFileSystem) return parts::kApp;
  Result<std::uint8_t> target = fail(Code::no_partition, Where::gate);
  if (config_.targets != nullptr) target = config_.targets->find_target("fs");
  const bool none = !target && target.error().code == Code::no_partition;
  return none ? fail(Code::component_unknown, Where::device) : target;
}

// nullptr: the one that is called stays, or another one waits already.
ArduinoDevice::Host* ArduinoDevice::place_for_next() {
  if (next_ != nullptr) return nullptr;
  const auto stays = [this](const Host& host) {
    if (host.download->proven()) return true;
    return !host.download->over() && now_ < host.since + kArduinoPatienceMs;
  };
  if (called_ != nullptr && stays(*called_)) return nullptr;
  return called_ == &hosts_[0] ? &hosts_[1] : &hosts_[0];
}

std::optional<DatagramLink::Call> ArduinoDevice::call_back() {
  if (called_ != nullptr || next_ == nullptr) return std::nullopt;
  called_ = std::exchange(next_, nullptr);
  called_->since = now_;
  return Call{called_->at, &*called_->download};
}

void ArduinoDevice::on_called_back(const Result<>& outcome, Instant now) {
  now_ = now;
  if (called_ == nullptr) return;
  const bool reached = outcome || outcome.error().code != Code::unreachable;
  if (!reached) called_->download->never_called(outcome.error());
  called_->download.reset();
  called_ = nullptr;
}

// What is said.

std::optional<DatagramLink::Datagram> ArduinoDevice::write_to(MutableBytes tx) {
  const auto say = [&tx](std::string_view text) {
    std::ranges::copy(as_bytes(text), tx.begin());
    return text.size();
  };
  const Reply what = std::exchange(reply_, Reply::none);
  if (what == Reply::ok) return Datagram{to_, say(kArduinoOk)};
  if (what == Reply::wrong) return Datagram{to_, say(kArduinoWrong)};
  if (what == Reply::error) return Datagram{to_, write_arduino_refusal(error_, tx)};
  for (Challenge& one : challenges_) {
    if (!one.taken || one.asked || one.ask_at > now_) continue;
    one.asked = true;
    const std::size_t head = say(kArduinoAuth);
    tx = tx.subspan(head);
    return Datagram{one.from, head + say(one.nonce.view())};
  }
  return std::nullopt;
}

std::optional<Instant> ArduinoDevice::deadline() const {
  std::optional<Instant> next;
  for (const Challenge& one : challenges_) {
    if (!one.taken) continue;
    const Instant due = one.asked ? one.ask_at + kArduinoChallengeMs : one.ask_at;
    if (!next || due < *next) next = due;
  }
  return next;
}

}  // namespace updraft::link
