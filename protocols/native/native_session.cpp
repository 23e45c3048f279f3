#include "protocols/native/native_session.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/suit/cbor_writer.hpp"
#include "engine/suit/envelope.hpp"
#include "engine/suit/manifest.hpp"

namespace updraft::link {
namespace {

constexpr std::size_t kMostNameBytes = 16;  // of a name and the head of what follows it

// "#img", "#img1", ... as it stands in a package, in front of so many bytes.
std::size_t payload_name(std::size_t part, bool is_index, std::uint64_t bytes, MutableBytes out) {
  std::array<char, 5> room;
  const std::string_view word = is_index ? "#ix" : "#img";
  const auto end = std::ranges::copy(word, room.begin()).out;
  *end = static_cast<char>('0' + part);
  suit::CborWriter writer(out);
  writer.text({room.data(), word.size() + (part == 0 ? 0 : 1)});
  writer.head(suit::Major::bytes, bytes);
  return writer.size();
}

Failure not_wanted() { return fail(Code::not_wanted, Where::link); }

}  // namespace

Result<NativeSession::Opened> NativeSession::open(Bytes head, std::uint32_t connection) {
  const crypto::Sha256Digest digest = crypto::sha256(head);
  const bool goes_on = open_ && same_bytes(digest, head_);
  if (!goes_on && is_in_the_way_of(connection)) return fail(Code::busy, Where::device);
  random_(id_);
  connection_ = connection;
  held_until_.reset();
  if (goes_on) return Opened::open;
  head_ = digest;
  UPDRAFT_TRY(begin(head));
  // Nothing is missing, not even the digests of its chunks: it is what runs.
  if (at_ != end()) return Opened::open;
  const Result<Taken> taken = apply();
  if (!taken) return taken.error();
  return Opened::current;
}

Result<> NativeSession::begin(Bytes head) {
  head_bytes_ = head.size();
  total_ = at_ = passed_ = 0;
  count_ = named_ = 0;
  ask_ = 0;
  const Result<suit::Envelope> envelope = suit::read_envelope(head);
  if (!envelope) {
    engine_.never_began(kNative, envelope.error());
    return envelope.error();
  }
  signed_ = envelope->block_count != 0;
  const Offer offer{.scheme = kNative,
                    .sender_proved = true,
                    .package_head = static_cast<std::uint16_t>(head.size()),
                    .unsigned_package = !signed_};
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
  for (std::size_t i = 0; i < manifest->count; ++i) {
    const suit::Component& each = manifest->components[i];
    const bool indexed = each.fetch && (i == 0 || manifest->count == 2);
    if (indexed) add_stretch(i, true, each.fetch->index.bytes());
    const std::uint64_t transfer = each.fetch ? each.fetch->index.transfer() : each.size;
    add_stretch(i, false, transfer);
    total_ += transfer;
  }
  return {};
}

void NativeSession::add_stretch(std::size_t part, bool is_index, std::uint64_t bytes) {
  const std::uint64_t at = end() + payload_name(part, is_index, bytes, {});
  stretches_[count_++] = {static_cast<std::uint8_t>(part), is_index, at, bytes};
}

const NativeSession::Stretch* NativeSession::current() const {
  for (const Stretch& each : stretches()) {
    if (at_ < each.end()) return &each;
  }
  return nullptr;
}

// Up to the next byte that the sender has to bring.
Result<> NativeSession::go_on() {
  while (true) {
    const bool before = named_ < count_ && (named_ == 0 || at_ == stretches_[named_ - 1].end());
    if (before) UPDRAFT_TRY(write_name(stretches_[named_++]));
    const Result<std::uint64_t> next = heard(engine_.resume_at(at_));
    if (!next) return next.error();
    const Stretch& in = stretches_[named_ - 1];
    if (!in.is_index) {
      const bool held = *next > std::max(at_, in.at);
      const bool grows = !held && ask_ != 0;
      ask_ = grows ? std::min(ask_ * 4, kNativeDataBytes) : kNativeChunk;
    }
    at_ = *next;
    if (at_ != in.end() || named_ == count_) return {};
  }
}

Result<> NativeSession::write_name(const Stretch& of) {
  std::array<std::byte, kMostNameBytes> room;
  const Bytes written = Bytes(room).first(payload_name(of.part, of.is_index, of.bytes, room));
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
  const Stretch* const in = current();
  if (in == nullptr) return {};
  if (in->is_index) {
    const std::uint64_t pages = (in->bytes + kNativeChunk - 1) / kNativeChunk;
    return {.kind = Need::Kind::page,
            .part = in->part,
            .page = static_cast<std::uint32_t>((at_ - in->at) / kNativeChunk),
            .pages = static_cast<std::uint32_t>(pages)};
  }
  const std::uint64_t done = received_of(*in);
  const std::uint64_t from = done - done % kNativeChunk;
  const std::uint64_t page_end = from - from % kNativeDataBytes + kNativeDataBytes;
  std::uint64_t to = std::min({from + ask_, page_end, in->bytes});
  if (to != page_end && in->bytes - to < kNativeChunk) to = in->bytes;  // no rest for itself
  return {.kind = Need::Kind::data, .part = in->part, .from = from, .to = to};
}

std::uint64_t NativeSession::received_of(const Stretch& transfer) const {
  return at_ < transfer.at ? 0 : std::min(at_ - transfer.at, transfer.bytes);
}

std::uint64_t NativeSession::received() const {
  std::uint64_t all = 0;
  for (const Stretch& each : stretches()) all += each.is_index ? 0 : received_of(each);
  return all;
}

Result<> NativeSession::begin_page(std::uint64_t part, std::uint64_t page, std::uint64_t bytes) {
  const Need need = this->need();
  if (need.kind != Need::Kind::page || part != need.part || page != need.page) return not_wanted();
  const Stretch& in = *current();
  const std::uint64_t begin = page * kNativeChunk;
  if (bytes != std::min(kNativeChunk, in.bytes - begin)) return not_wanted();
  passed_ = at_ - in.at - begin;
  return {};
}

Result<> NativeSession::begin_data(std::uint64_t part, std::uint64_t from, std::uint64_t bytes) {
  const Need need = this->need();
  if (need.kind != Need::Kind::data || part != need.part || from != need.from) return not_wanted();
  const Stretch& in = *current();
  const bool inside = bytes != 0 && bytes <= need.to - from;
  if (!inside || (bytes % kNativeChunk != 0 && from + bytes != in.bytes)) return not_wanted();
  passed_ = received_of(in) - from;
  return {};
}

// No more than begin_page() or begin_data() let in, so it stays in its stretch.
Result<> NativeSession::take(Bytes bytes) {
  const Bytes had = at_most(bytes, passed_);
  passed_ -= had.size();
  bytes = bytes.subspan(had.size());
  while (!bytes.empty()) {
    const Bytes piece = at_most(bytes, kNativeChunk - (at_ - current()->at) % kNativeChunk);
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

bool NativeSession::is_in_the_way_of(std::uint32_t connection) {
  if (open_ && connection == connection_) return true;
  drop({Code::aborted, Where::link});
  return false;
}

void NativeSession::leave(Instant now) {
  if (open_) held_until_ = now + kNativeHoldMs;
}

void NativeSession::on_time(Instant now) {
  if (const auto until = held_until(); until && now >= *until) drop({Code::aborted, Where::link});
}

}  // namespace updraft::link
