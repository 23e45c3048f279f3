#include "engine/parts/signed_data.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/update/signing.hpp"

namespace updraft::parts {

std::uint32_t SignedData::room_for(std::string_view label) const {
  const Part* const part = in_session_ ? engine_.keeper().find(label) : nullptr;
  return part != nullptr && part->target ? part->size() : 0;
}

Result<> SignedData::begin_data(bool with_app, bool is_signed) {
  expected_ = received_ = 0;
  if (!is_signed && !unsigned_) return unsigned_.error();
  trust_ = is_signed ? Trust::signed_image : *unsigned_;
  with_app_ = with_app;
  engine_.start_package(false);  // a package does not say that there may be no way back
  if (with_app) engine_.expect_app();
  return {};
}

Result<> SignedData::expect_data(const DataComponent& component) {
  const Text<kLabel> label(component.label);
  for (const Expected& before : std::span(parts_).first(expected_)) {
    if (before.label == label) return fail(Code::malformed, Where::gate);
  }
  UPDRAFT_ASSERT(expected_ < parts_.size());  // a package has no more components
  UPDRAFT_TRY(engine_.expect(component.label, component.transfer));
  Expected& part = parts_[expected_++];
  part = {.label = label, .content = {}, .transfer = component.transfer};
  part.content.bytes = static_cast<std::uint32_t>(component.bytes);
  std::ranges::copy(component.digest, part.content.digest.begin());
  return {};
}

Result<> SignedData::open_data() {
  const Expected& part = parts_[received_];
  return engine_.open_promised(part.label.view(), part.transfer, part.content);
}

// What is received in place counts at once: the release is noted before, so that a cut leaves no
// new data under an old sequence. Where the data does not count after all, the next start drops the
// note.
Result<> SignedData::close_data() {
  UPDRAFT_TRY(engine_.verify_part());
  const Expected& part = parts_[received_];
  if (!with_app_ && received_ == last_to_count() && goes_in_place(part)) {
    UPDRAFT_TRY(policy_.signing->seal_data(part.content.digest));
  }
  UPDRAFT_TRY(engine_.settle_part());
  ++received_;
  return {};
}

bool SignedData::goes_in_place(const Expected& part) const {
  return engine_.goes_in_place(*engine_.keeper().find(part.label.view()));
}

// The part that counts after all others: what waits for its binding, else what comes last.
std::size_t SignedData::last_to_count() const {
  for (std::size_t i = 0; i < expected_; ++i) {
    if (!goes_in_place(parts_[i])) return i;
  }
  return expected_ - 1;
}

Result<> SignedData::open_rescue(const DataComponent& component, bool is_signed) {
  if (!is_signed) UPDRAFT_TRY(engine_.rescue().judge_unsigned({.scheme = offer_.scheme}));
  UPDRAFT_TRY(engine_.may_write_rescue());
  Promised content{.digest = {}, .bytes = static_cast<std::uint32_t>(component.bytes)};
  std::ranges::copy(component.digest, content.digest.begin());
  return engine_.rescue().enter(content, is_signed);
}

DataStand SignedData::stand_of(const crypto::Sha256Digest& data, std::uint32_t bytes) const {
  const PartKeeper& keeper = engine_.keeper();
  if (!keeper.started()) return DataStand::unknown;
  if (engine_.rescue().holds(data, bytes)) return DataStand::kept;
  if (keeper.on_trial()) return DataStand::tried;
  return keeper.is_bound(data) ? DataStand::kept : DataStand::gone;
}

Result<Taken> SignedData::finish(PayloadEnd ended) {
  const Result<Taken> whole = updater_.complete();
  if (!whole) return engine_.give_up(whole.error(), ended);
  const bool app = *whole == Taken::installed;
  if (const Result<> bound = bind(app); !bound) return engine_.give_up(bound.error(), ended);
  Result<Taken> taken = Taken::installed;
  if (app) {
    taken = updater_.finish(ended);
  } else {
    engine_.close_data(trust_, received_);
    policy_.signing->settle();  // what was received in place is not on trial
  }
  return taken;
}

// What is waited for is noted first: a cut in between leaves a note that the next start drops.
Result<> SignedData::bind(bool app) {
  if (app) return engine_.bind_app();
  const Expected& last = parts_[last_to_count()];
  if (!goes_in_place(last)) UPDRAFT_TRY(policy_.signing->seal_data(last.content.digest));
  return engine_.bind_data();
}

}  // namespace updraft::parts
