#include "protocols/bundle/bundle_installer.hpp"

#include "protocols/bundle/bundle_path.hpp"

namespace updraft {

Result<> BundleInstaller::begin(const Offer& offer) {
  if (in_session_ || updater_.held() || updater_.state() != UpdateState::idle) {
    return fail(Code::busy, Where::device);
  }
  offer_ = offer;
  received_ = 0;
  file_count_ = 0;
  has_firmware_ = firmware_ended_ = in_firmware_ = false;
  in_session_ = true;
  updater_.hold(true);
  if (updater_.pending()) return end({Code::pending_confirm, Where::boot});
  const Result<Trust> trust = judge_files(policy_, offer);
  if (!trust) return end(trust.error());
  trust_ = *trust;
  if (const Result<> begun = files_.begin(offer.size); !begun) return end(begun.error());
  return {};
}

Result<> BundleInstaller::expect(std::string_view path, std::uint64_t size) {
  if (path != kBundleFirmware) {
    ++file_count_;
    const Result<> expected = files_.expect(path, size);
    return expected ? expected : end(expected.error());
  }
  const Result<> begun = updater_.begin(
      {.scheme = offer_.scheme, .size = size, .sender_proved = offer_.sender_proved});
  has_firmware_ = true;
  firmware_ended_ = !begun;
  return begun ? begun : end(begun.error());
}

Result<> BundleInstaller::open(std::string_view path, std::uint64_t) {
  in_firmware_ = path == kBundleFirmware;
  if (in_firmware_) return {};
  const Result<> opened = files_.open(path);
  return opened ? opened : end(opened.error());
}

Result<> BundleInstaller::write(Bytes bytes) {
  const Result<> written = in_firmware_ ? updater_.write(bytes) : files_.write(bytes);
  if (!written) {
    firmware_ended_ = in_firmware_;
    return end(written.error());
  }
  received_ += bytes.size();
  if (!in_firmware_) observer_.on_progress(received_, offer_.size);
  return {};
}

Result<> BundleInstaller::finish() {
  if (const Result<> done = install(); !done) return end(done.error());
  in_session_ = false;
  installed_ = true;  // and the Updater stays held: nothing else until the restart
  if (!has_firmware_) observer_.on_files_installed({offer_.scheme, trust_, file_count_});
  return {};
}

Result<> BundleInstaller::install() {
  if (!has_firmware_) return files_.commit();
  if (file_count_ > 0) UPDRAFT_TRY(files_.commit_with(updater_.target()));
  const Result<> finished = updater_.finish();
  firmware_ended_ = !finished;
  return finished;
}

void BundleInstaller::abort(const Error& why) {
  if (in_session_) (void)end(why);
}

Result<> BundleInstaller::end(const Error& why) {
  if (has_firmware_ && !firmware_ended_) {
    updater_.abort(why);  // tells the observer
    firmware_ended_ = true;
  } else if (!firmware_ended_) {
    observer_.on_ended(offer_.scheme, why);
  }
  files_.abort();
  updater_.hold(false);
  in_session_ = false;
  return std::unexpected(why);
}

}  // namespace updraft
