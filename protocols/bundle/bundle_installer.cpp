#include "protocols/bundle/bundle_installer.hpp"

#include "engine/core/assert.hpp"
#include "protocols/bundle/bundle_path.hpp"

namespace updraft {

Result<> BundleInstaller::begin(const Offer& offer) {
  UPDRAFT_TRY(updater_.open_session(offer));
  offer_ = offer;
  received_ = 0;
  file_count_ = 0;
  has_firmware_ = in_firmware_ = false;
  in_session_ = true;
  trust_ = judge_files(policy_, offer);
  if (!trust_ && !takes_packages(policy_)) return end(trust_.error());
  if (const Result<> begun = files_.begin(offer.size); !begun) return end(begun.error());
  return {};
}

Result<> BundleInstaller::expect(std::string_view path, std::uint64_t size) {
  UPDRAFT_ASSERT(in_session_);
  if (path != kBundleFirmware) {
    if (!trust_) return end(trust_.error());
    ++file_count_;
    const Result<> expected = files_.expect(path, size);
    return expected ? expected : end(expected.error());
  }
  const Result<> begun = updater_.begin_image(
      {.scheme = offer_.scheme, .size = size, .sender_proved = offer_.sender_proved});
  has_firmware_ = true;
  return begun ? begun : end(begun.error());
}

Result<> BundleInstaller::open(std::string_view path, std::uint64_t) {
  UPDRAFT_ASSERT(in_session_);
  in_firmware_ = path == kBundleFirmware;
  if (in_firmware_) return {};
  const Result<> opened = files_.open(path);
  return opened ? opened : end(opened.error());
}

Result<> BundleInstaller::write(Bytes bytes) {
  UPDRAFT_ASSERT(in_session_);
  const Result<> written = in_firmware_ ? updater_.write(bytes) : files_.write(bytes);
  if (!written) return end(written.error());
  received_ += bytes.size();
  if (!in_firmware_) updater_.tell_progress(received_, offer_.size);
  return {};
}

Result<Taken> BundleInstaller::finish() {
  UPDRAFT_ASSERT(in_session_);
  const Result<Taken> taken = install();
  if (!taken) return end(taken.error()).error();
  in_session_ = false;
  installed_ = *taken == Taken::installed;
  return taken;
}

// Files that come with firmware are bound to its slot, unless it is what runs already: then they
// are a bundle without firmware.
Result<Taken> BundleInstaller::install() {
  bool firmware = has_firmware_;
  if (firmware && file_count_ > 0) {
    const Result<Taken> whole = updater_.complete();
    if (!whole) return whole;
    firmware = *whole == Taken::installed;
    if (firmware) UPDRAFT_TRY(files_.commit_with(updater_.target()));
  }
  if (firmware) return updater_.finish();
  if (!has_firmware_ && !trust_) return trust_.error();
  UPDRAFT_TRY(files_.commit());
  const bool changed = files_.changed();
  if (has_firmware_ && !changed) return updater_.finish();  // all of it was there
  updater_.close_session(*trust_, file_count_, changed);
  return changed ? Taken::installed : Taken::current;
}

void BundleInstaller::abort(const Error& why) {
  if (in_session_) (void)end(why);
}

Result<> BundleInstaller::end(const Error& why) {
  updater_.abort(why);  // if it has not ended the session itself
  files_.abort();
  in_session_ = false;
  return why;
}

}  // namespace updraft
