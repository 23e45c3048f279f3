#include "engine/parts/binding_store.hpp"

#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kMagic = 0x44424455;  // "UDBD"
constexpr std::uint32_t kLayout = 1;
constexpr std::size_t kBadAt = 20, kAppsAt = 52, kAppBytes = 312, kBindingsAt = 36;
constexpr std::size_t kBindingBytes = 69, kHoldsAt = 676, kHoldBytes = 24;
static_assert(kAppsAt + kBoundApps * kAppBytes == kHoldsAt);
static_assert(kBindingsAt + kParts * kBindingBytes == kAppBytes);
static_assert(kHoldsAt + kParts * kHoldBytes + 4 == kBindingRecordBytes);

Text<kLabel> label_at(Bytes bytes) { return Text<kLabel>(bytes.first(kLabel)); }
void put(MutableBytes bytes, std::string_view text) {
  std::ranges::copy(as_bytes(text), bytes.begin());
}
std::int8_t signed_at(Bytes bytes, std::size_t at) {
  return static_cast<std::int8_t>(load_u8(bytes, at));
}
void digest_at(Bytes bytes, crypto::Sha256Digest& digest) {
  std::copy_n(bytes.begin(), digest.size(), digest.begin());
}

bool parse_one(Bytes b, Binding& out) {
  const std::uint8_t where = load_u8(b, 20);
  out.label = label_at(b);
  out.generation = load_le32(b, 16);
  out.where = static_cast<WhereKept>(where);
  out.one_way = load_u8(b, 21) != 0;
  out.size = load_le32(b, 22);
  digest_at(b.subspan(26), out.digest);
  out.image = {signed_at(b, 58), load_le32(b, 59)};
  out.saved = {signed_at(b, 63), load_le32(b, 64)};
  return where <= static_cast<std::uint8_t>(WhereKept::gone);
}

void write_one(const Binding& in, MutableBytes b) {
  put(b, in.label.view());
  store_le32(b, 16, in.generation);
  b[20] = static_cast<std::byte>(in.where);
  b[21] = std::byte{in.one_way};
  store_le32(b, 22, in.size);
  std::ranges::copy(in.digest, b.begin() + 26);
  b[58] = static_cast<std::byte>(in.image.slot);
  store_le32(b, 59, in.image.head);
  b[63] = static_cast<std::byte>(in.saved.slot);
  store_le32(b, 64, in.saved.head);
}

bool parse_app(Bytes b, BoundApp& out) {
  digest_at(b, out.app);
  out.slot = signed_at(b, 32);
  out.count = load_u8(b, 33);
  if (out.count > kParts) return false;
  for (std::size_t i = 0; i < out.count; ++i) {
    if (!parse_one(b.subspan(kBindingsAt + i * kBindingBytes), out.bindings[i])) return false;
  }
  return true;
}

}  // namespace

bool BoundApp::exists() const {
  return std::ranges::any_of(app, [](std::byte b) { return b != std::byte{0}; });
}

Binding* BoundApp::find(std::string_view label) {
  for (Binding& one : all()) {
    if (one.label.view() == label) return &one;
  }
  return nullptr;
}

Binding* BoundApp::bind(std::string_view label) {
  if (Binding* const known = find(label)) return known;
  if (count == kParts) return nullptr;
  Binding& made = bindings[count++];
  made = Binding{.label = Text<kLabel>(label)};
  return &made;
}

Holding BindingRecord::held(std::string_view label) const {
  for (const Holding& one : holds) {
    if (!one.label.empty() && one.label.view() == label) return one;
  }
  return {.label = Text<kLabel>(label)};
}

Result<> BindingRecord::set_held(const Holding& held) {
  for (Holding& one : holds) {
    if (!one.label.empty() && one.label != held.label) continue;
    one = held;
    return {};
  }
  return fail(Code::no_room, Where::journal, kParts + 1, kParts);
}

bool parse_binding(Bytes b, BindingRecord& record, std::uint32_t& counter) {
  const bool sound = b.size() == kBindingRecordBytes && load_le32(b, 0) == kMagic &&
                     load_le32(b, 4) == kLayout && format::ends_in_crc(b);
  if (!sound) return false;
  BindingRecord read;
  read.next_generation = load_le32(b, 12);
  read.on_trial = load_u8(b, 16) != 0;
  read.starts = load_u8(b, 17);
  digest_at(b.subspan(kBadAt), read.bad);
  for (std::size_t i = 0; i < kBoundApps; ++i) {
    if (!parse_app(b.subspan(kAppsAt + i * kAppBytes), read.apps[i])) return false;
  }
  for (std::size_t i = 0; i < kParts; ++i) {
    const Bytes one = b.subspan(kHoldsAt + i * kHoldBytes);
    const std::uint8_t content = load_u8(one, 20);
    if (content > static_cast<std::uint8_t>(Content::incomplete)) return false;
    read.holds[i] = {label_at(one), load_le32(one, 16), static_cast<Content>(content)};
  }
  record = read;
  counter = load_le32(b, 8);
  return true;
}

void write_binding(const BindingRecord& record, std::uint32_t counter, MutableBytes b) {
  std::ranges::fill(b, std::byte{0});
  store_le32(b, 0, kMagic);
  store_le32(b, 4, kLayout);
  store_le32(b, 8, counter);
  store_le32(b, 12, record.next_generation);
  b[16] = std::byte{record.on_trial};
  b[17] = std::byte{record.starts};
  std::ranges::copy(record.bad, b.begin() + kBadAt);
  for (std::size_t i = 0; i < kBoundApps; ++i) {
    const BoundApp& app = record.apps[i];
    const MutableBytes to = b.subspan(kAppsAt + i * kAppBytes, kAppBytes);
    std::ranges::copy(app.app, to.begin());
    to[32] = static_cast<std::byte>(app.slot);
    to[33] = std::byte{app.count};
    for (std::size_t n = 0; n < app.count; ++n) {
      write_one(app.bindings[n], to.subspan(kBindingsAt + n * kBindingBytes));
    }
  }
  for (std::size_t i = 0; i < kParts; ++i) {
    const MutableBytes to = b.subspan(kHoldsAt + i * kHoldBytes, kHoldBytes);
    put(to, record.holds[i].label.view());
    store_le32(to, 16, record.holds[i].generation);
    to[20] = static_cast<std::byte>(record.holds[i].content);
  }
  format::end_in_crc(b);
}

Result<bool> BindingStore::load(std::uint32_t sector) {
  std::array<std::byte, kBindingRecordBytes> bytes;
  UPDRAFT_TRY(flash_.read(at_ + sector * kFlashSector, bytes));
  // No record of its own: a chip calls this on its main task, whose stack is small.
  if (load_le32(bytes, 8) <= counter_ || !parse_binding(bytes, record, counter_)) return false;
  newest_ = sector;
  return true;
}

Result<> BindingStore::open() {
  record = {};
  counter_ = 0;
  newest_ = kBindingSectors - 1;
  for (std::uint32_t sector = 0; sector < kBindingSectors; ++sector) {
    if (const Result<bool> read = load(sector); !read) return read.error();
  }
  return {};
}

Result<> BindingStore::write() {
  const std::uint32_t sector = kBindingSectors - 1 - newest_;
  const std::uint32_t place = at_ + sector * kFlashSector;
  std::array<std::byte, kBindingRecordBytes> bytes;
  write_binding(record, counter_ + 1, bytes);
  UPDRAFT_TRY(flash_.erase(place, kFlashSector));
  flash_.yield();
  UPDRAFT_TRY(program_pages(flash_, place, bytes));
  std::array<std::byte, kFlashPage> back;
  for (std::size_t at = 0; at < bytes.size(); at += back.size()) {
    const Bytes wanted = at_most(Bytes(bytes).subspan(at), back.size());
    const MutableBytes read = MutableBytes(back).first(wanted.size());
    UPDRAFT_TRY(flash_.read(place + static_cast<std::uint32_t>(at), read));
    if (!same_bytes(read, wanted)) return fail(Code::flash, Where::journal, place);
  }
  ++counter_;
  newest_ = sector;
  return {};
}

}  // namespace updraft::parts
