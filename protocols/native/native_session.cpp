#include "protocols/native/native_session.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/suit/cbor_writer.hpp"
#include "engine/suit/envelope.hpp"
#include "engine/suit/manifest.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kIndexName = "#ix", kTransferName = "#img";
constexpr std::size_t kMostNameBytes = 16;  // of a name and the head of what follows it

// As it stands in a package, in front of so many bytes.
std::size_t payload_name(std::string_view name, std::uint64_t bytes, MutableBytes out) {
  suit::CborWriter writer(out);
  writer.text(name);
  writer.head(suit::Major::bytes, bytes);
  return writer.size();
}

Failure not_wanted() { return fail(Code::not_wanted, Where::link); }

}  // namespace

Result<NativeSession::Opened> NativeSession::open(Bytes head, std::uint32_t connection) {
  const crypto::Sha256Digest digest = crypto::sha256(head);
  const bool goes_on = open_ && same_bytes(digest, head_);
  if (open_ && !goes_on) {
    if (connection == connection_) return fail(Code::busy, Where::device);
    drop({Code::aborted, Where::link});
  }
  random_(id_);
  connection_ = connection;
  held_until_.reset();
  if (goes_on) return Opened::open;
  head_ = digest;
  UPDRAFT_TRY(begin(head));
  // Nothing is missing, not even the digests of its chunks: it is what runs.
  if (at_ != transfer_at() + transfer_) return Opened::open;
  const Result<Taken> taken = apply();
  if (!taken) return taken.error();
  return Opened::current;
}

Result<> NativeSession::begin(Bytes head) {
  head_bytes_ = head.size();
  index_name_bytes_ = index_bytes_ = transfer_name_bytes_ = transfer_ = at_ = passed_ = 0;
  ask_ = 0;
  const Result<suit::Envelope> envelope = suit::read_envelope(head);
  if (!envelope) {
    engine_.never_began(kNative, envelope.error());
    return envelope.error();
  }
  const Offer offer{.scheme = kNative,
                    .sender_proved = true,
                    .package_head = static_cast<std::uint16_t>(head.size()),
                    .unsigned_package = envelope->block_count == 0};
  UPDRAFT_TRY(engine_.begin(offer));
  open_ = true;
  UPDRAFT_TRY(heard(engine_.write(head)));
  at_ = head.size();
  // The engine has judged it; only now is it read.
  if (const Result<> read = lay_out(envelope->manifest); !read) {
    drop(read.error());
    return read.error();
  }
  return go_on();
}

Result<> NativeSession::lay_out(Bytes bytes) {
  const Result<suit::Manifest> manifest = suit::read_manifest(bytes);
  if (!manifest) return manifest.error();
  const suit::Component& app = manifest->components[0];
  transfer_ = app.fetch ? app.fetch->index.transfer() : app.size;
  index_bytes_ = app.fetch ? app.fetch->index.bytes() : 0;
  if (has_index()) index_name_bytes_ = payload_name(kIndexName, index_bytes_, {});
  transfer_name_bytes_ = payload_name(kTransferName, transfer_, {});
  return {};
}

// Up to the next byte that the sender has to bring.
Result<> NativeSession::go_on() {
  while (true) {
    const bool before_index = has_index() && at_ == head_bytes_;
    const bool before_transfer = at_ == index_end();
    if (before_index) UPDRAFT_TRY(write_name(kIndexName, index_bytes_));
    if (before_transfer) UPDRAFT_TRY(write_name(kTransferName, transfer_));
    const Result<std::uint64_t> next = heard(engine_.resume_at(at_));
    if (!next) return next.error();
    if (*next >= transfer_at()) {
      const bool held = *next > std::max(at_, transfer_at());
      const bool grows = !held && ask_ != 0;
      ask_ = grows ? std::min(ask_ * 4, kNativeDataBytes) : kNativeChunk;
    }
    at_ = *next;
    if (at_ != index_end()) return {};
  }
}

Result<> NativeSession::write_name(std::string_view name, std::uint64_t bytes) {
  std::array<std::byte, kMostNameBytes> room;
  const Bytes written = Bytes(room).first(payload_name(name, bytes, room));
  UPDRAFT_TRY(heard(engine_.write(written)));
  at_ += written.size();
  return {};
}

// After an error the engine's session is over.
template <class T>
Result<T> NativeSession::heard(Result<T> from_engine) {
  open_ = open_ && from_engine.has_value();
  return from_engine;
}

Result<> NativeSession::check(const NativeId& id) const {
  if (open_ && same_bytes(id, id_)) return {};
  return fail(Code::no_session, Where::link);
}

NativeSession::Need NativeSession::need() const {
  if (has_index() && at_ < index_end()) {
    const std::uint64_t pages = (index_bytes_ + kNativeChunk - 1) / kNativeChunk;
    return {.kind = Need::Kind::page,
            .page = static_cast<std::uint32_t>((at_ - index_at()) / kNativeChunk),
            .pages = static_cast<std::uint32_t>(pages)};
  }
  const std::uint64_t done = received();
  if (done == transfer_) return {};
  const std::uint64_t from = done - done % kNativeChunk;
  const std::uint64_t page_end = from - from % kNativeDataBytes + kNativeDataBytes;
  std::uint64_t to = std::min({from + ask_, page_end, transfer_});
  if (to != page_end && transfer_ - to < kNativeChunk) to = transfer_;  // no rest for itself
  return {.kind = Need::Kind::data, .from = from, .to = to};
}

std::uint64_t NativeSession::received() const {
  return at_ < transfer_at() ? 0 : at_ - transfer_at();
}

Result<> NativeSession::begin_page(std::uint64_t part, std::uint64_t page, std::uint64_t bytes) {
  const Need need = this->need();
  if (part != 0 || need.kind != Need::Kind::page || page != need.page) return not_wanted();
  const std::uint64_t begin = page * kNativeChunk;
  if (bytes != std::min(kNativeChunk, index_bytes_ - begin)) return not_wanted();
  passed_ = at_ - index_at() - begin;
  return {};
}

Result<> NativeSession::begin_data(std::uint64_t part, std::uint64_t from, std::uint64_t bytes) {
  const Need need = this->need();
  if (part != 0 || need.kind != Need::Kind::data || from != need.from) return not_wanted();
  const bool inside = bytes != 0 && bytes <= need.to - from;
  if (!inside || (bytes % kNativeChunk != 0 && from + bytes != transfer_)) return not_wanted();
  passed_ = received() - from;
  return {};
}

Result<> NativeSession::take(Bytes bytes) {
  const Bytes had = at_most(bytes, passed_);
  passed_ -= had.size();
  bytes = bytes.subspan(had.size());
  while (!bytes.empty()) {
    const std::uint64_t begin = at_ < index_end() ? index_at() : transfer_at();
    const Bytes piece = at_most(bytes, kNativeChunk - (at_ - begin) % kNativeChunk);
    UPDRAFT_TRY(write(piece));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

// Up to the end of a page or chunk, so that nothing lies behind one that is damaged.
Result<> NativeSession::write(Bytes piece) {
  const Result<> taken = engine_.write(piece);
  if (!taken && !is_damaged_part(taken.error())) return heard(taken);
  at_ += piece.size();
  if (taken) return {};
  const Result<std::uint64_t> back = heard(engine_.resume_at(at_));
  if (!back) return back.error();
  at_ = *back;
  return taken;
}

Result<> NativeSession::end_part() { return go_on(); }

Result<Taken> NativeSession::apply() {
  if (need().kind != Need::Kind::nothing) return fail(Code::not_wanted, Where::link);
  open_ = false;
  return engine_.finish();
}

void NativeSession::drop(const Error& why) {
  if (!open_) return;
  open_ = false;
  engine_.abort(why);
}

void NativeSession::leave(Instant now) {
  if (open_) held_until_ = now + kNativeHoldMs;
}

void NativeSession::on_time(Instant now) {
  if (const auto until = held_until(); until && now >= *until) drop({Code::aborted, Where::link});
}

}  // namespace updraft::link
