#include "engine/signing/key_set_stage.hpp"

#include <algorithm>

namespace updraft {
namespace {

// Bytes of the one item that `bytes` begin with; 0: they are no CBOR, or end before it does.
std::size_t item_bytes(Bytes bytes) {
  suit::CborReader in(bytes);
  for (std::uint64_t left = 1; left != 0; --left) {
    const suit::CborReader::Head item = in.head();
    const bool is_bytes = item.major == suit::Major::bytes || item.major == suit::Major::text;
    if (is_bytes) (void)in.take(item.value);
    if (!in.good()) return 0;
    if (item.major == suit::Major::tag) ++left;
    const bool is_map = item.major == suit::Major::map;
    if (!is_map && item.major != suit::Major::array) continue;
    if (item.value > bytes.size()) return 0;  // each item takes a byte, at least
    left += is_map ? 2 * item.value : item.value;
  }
  return in.at();
}

}  // namespace

void KeySetStage::reset(std::size_t padding) {
  padding_ = padding;
  filled_ = 0;
  received_ = 0;
}

Result<> KeySetStage::push(Bytes chunk) {
  received_ += chunk.size();
  if (received_ > suit::kMaxKeySetBytes + std::uint64_t{padding_}) {
    return fail(Code::envelope_too_large, Where::gate, received_, suit::kMaxKeySetBytes);
  }
  const Bytes part = at_most(chunk, room_.page.size() - filled_);
  std::ranges::copy(part, room_.page.begin() + static_cast<std::ptrdiff_t>(filled_));
  filled_ += part.size();
  return {};
}

Result<> KeySetStage::finish() {
  const std::size_t size = item_bytes(Bytes(room_.page).first(filled_));
  if (size == 0 || received_ - size > padding_) {
    return fail(Code::malformed, Where::gate, received_, size);
  }
  const Bytes bytes = Bytes(room_.page).first(size);
  const Result<suit::KeySet> offered = suit::KeySet::read(bytes);
  if (!offered) return offered.error();
  UPDRAFT_TRY(take(bytes, *offered));
  observer_.on_key_set(offered->version);
  return {};
}

Result<> KeySetStage::take(Bytes bytes, const suit::KeySet& offered) {
  if (!memory_.has_key_set()) {
    UPDRAFT_TRY(suit::check_change(offered, nullptr));
    return memory_.replace_key_set(bytes, room_.chunk);
  }
  const Result<Bytes> stored = memory_.key_set(room_.chunk);
  if (!stored) return stored.error();
  if (std::ranges::equal(*stored, bytes)) return {};
  const Result<suit::KeySet> current = suit::KeySet::read(*stored);
  if (!current) return current.error();
  UPDRAFT_TRY(suit::check_change(offered, &*current));
  return memory_.replace_key_set(bytes, room_.chunk);
}

}  // namespace updraft
