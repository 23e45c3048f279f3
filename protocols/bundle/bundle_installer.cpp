#include "protocols/bundle/bundle_installer.hpp"

#include <utility>

#include "engine/core/assert.hpp"
#include "engine/parts/part.hpp"
#include "protocols/bundle/bundle_path.hpp"

namespace updraft {

Result<> BundleInstaller::begin(const Offer& offer) {
  UPDRAFT_TRY(updater_.open_session(offer));
  offer_ = offer;
  received_ = 0;
  file_count_ = part_count_ = 0;
  has_firmware_ = writing_ = false;
  in_session_ = true;
  if (parts_ != nullptr) parts_->begin_package(offer.one_way);
  trust_ = judge_files(policy_, offer);
  if (!trust_ && !takes_packages(policy_)) return end(trust_.error());
  if (const Result<> begun = files_.begin(offer.size); !begun) return end(begun.error());
  return {};
}

Result<> BundleInstaller::expect(std::string_view path, std::uint64_t size) {
  UPDRAFT_ASSERT(in_session_);
  if (path != kBundleFirmware) {
    if (!trust_) return end(trust_.error());
    if (path.starts_with(kBundlePart)) return expect_part(path, size);
    ++file_count_;
    const Result<> expected = files_.expect(path, size);
    return expected ? expected : end(expected.error());
  }
  // Behind what is stored in the slot: an erase for the image could reach it.
  if (part_count_ > 0) return end({Code::malformed, Where::gate});
  if (parts_ != nullptr) parts_->expect_app();
  const Result<> begun = updater_.begin_image(
      {.scheme = offer_.scheme, .size = size, .sender_proved = offer_.sender_proved});
  has_firmware_ = true;
  return begun ? begun : end(begun.error());
}

// A device without data partitions must not take one for a file.
Result<> BundleInstaller::expect_part(std::string_view path, std::uint64_t size) {
  ++part_count_;
  const std::string_view label = bundle_part(path);
  Result<> expected = fail(Code::no_partition, Where::gate);
  if (part_count_ > parts::kParts) {
    expected = fail(Code::too_big, Where::gate, part_count_, parts::kParts, Reason::bundle_files);
  } else if (parts_ != nullptr && !label.empty()) {
    expected = parts_->expect(label, size);
  }
  return expected ? expected : end(expected.error());
}

Result<> BundleInstaller::open(std::string_view path, std::uint64_t size) {
  UPDRAFT_ASSERT(in_session_);
  if (const Result<> closed = close_last(); !closed) return end(closed.error());
  writing_ = true;
  const bool part = path.starts_with(kBundlePart);
  goes_ = path == kBundleFirmware ? Goes::to_updater : part ? Goes::to_part : Goes::to_files;
  if (goes_ == Goes::to_updater) return {};
  const Result<> opened = part ? open_part(path, size) : files_.open(path);
  return opened ? opened : end(opened.error());
}

Result<> BundleInstaller::open_part(std::string_view path, std::uint64_t size) {
  Offer offer = offer_;
  offer.size = size;
  return parts_->open(bundle_part(path), offer);
}

Result<> BundleInstaller::write(Bytes bytes) {
  UPDRAFT_ASSERT(in_session_);
  if (const Result<> written = write_on(bytes); !written) return end(written.error());
  received_ += bytes.size();
  if (goes_ != Goes::to_updater) updater_.tell_progress(received_, offer_.size);
  return {};
}

Result<> BundleInstaller::write_on(Bytes bytes) {
  if (goes_ == Goes::to_updater) return updater_.write(bytes);
  return goes_ == Goes::to_part ? parts_->write_part(bytes) : files_.write(bytes);
}

// The image is closed as well before a part comes: they share a buffer.
Result<> BundleInstaller::close_last() {
  const bool was_writing = std::exchange(writing_, false);
  if (!was_writing || part_count_ == 0 || goes_ == Goes::to_files) return {};
  return goes_ == Goes::to_part ? parts_->close_part() : outcome_of(updater_.complete());
}

Result<Taken> BundleInstaller::finish() {
  UPDRAFT_ASSERT(in_session_);
  Result<Taken> taken = Taken::current;
  if (const Result<> closed = close_last(); !closed) taken = closed.error();
  if (taken) taken = install();
  if (!taken) return end(taken.error()).error();
  in_session_ = false;
  if (parts_ != nullptr) parts_->drop_package();
  installed_ = *taken == Taken::installed;
  return taken;
}

// Files and parts that come with firmware are bound to its slot, unless it is what runs already:
// then they are a bundle without firmware.
Result<Taken> BundleInstaller::install() {
  bool firmware = has_firmware_;
  if (firmware && file_count_ + part_count_ > 0) {
    const Result<Taken> whole = updater_.complete();
    if (!whole) return whole;
    firmware = *whole == Taken::installed;
    if (firmware && file_count_ > 0) UPDRAFT_TRY(files_.commit_with(updater_.target()));
  }
  UPDRAFT_TRY(bind_parts(firmware));
  if (firmware) return updater_.finish();
  if (!has_firmware_ && !trust_) return trust_.error();
  UPDRAFT_TRY(files_.commit());
  const bool changed = files_.changed() || part_count_ > 0;
  if (has_firmware_ && !changed) return updater_.finish();  // all of it was there
  updater_.close_session(*trust_, file_count_ + part_count_, changed);
  return changed ? Taken::installed : Taken::current;
}

Result<> BundleInstaller::bind_parts(bool firmware) {
  if (part_count_ == 0) return {};
  return firmware ? parts_->bind_app() : parts_->bind_data();
}

void BundleInstaller::abort(const Error& why) {
  if (in_session_) (void)end(why);
}

Result<> BundleInstaller::end(const Error& why) {
  if (parts_ != nullptr) parts_->drop_package();
  updater_.abort(why);  // if it has not ended the session itself
  files_.abort();
  in_session_ = false;
  return why;
}

}  // namespace updraft
