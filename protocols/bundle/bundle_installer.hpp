// Installs a bundle: files through a FileTransaction, `firmware.bin` through the Updater, all of it
// or none.
//
// The order makes it one step. Files alone: the transaction's commit is the step. With firmware:
// the files are made ready first, bound to the slot that is being written; the boot choice is the
// step, and after the restart the files follow whichever image runs.
//
// One session at a time, also against other links: it is a session of the Updater, which reports
// its end to the observers.
#pragma once
#include <cstdint>

#include "updraft/file_transaction.hpp"
#include "updraft/updater.hpp"

#include "protocols/bundle/bundle_intake.hpp"

namespace updraft {

class BundleInstaller final : public BundleIntake {
 public:
  // All outlive it.
  BundleInstaller(Updater& updater, FileTransaction& files, const Policy& policy)
      : updater_(updater), files_(files), policy_(policy) {}

  Result<> begin(const Offer& offer) override;
  Result<> expect(std::string_view path, std::uint64_t size) override;
  Result<> open(std::string_view path, std::uint64_t size) override;
  Result<> write(Bytes bytes) override;
  Result<Taken> finish() override;
  void abort(const Error& why) override;
  void never_began(Scheme scheme, const Error& why) override { updater_.never_began(scheme, why); }

  bool restart_due() const { return installed_; }  // a bundle is in place, and changed something

 private:
  Result<Taken> install();
  Result<> end(const Error& why);

  Updater& updater_;
  FileTransaction& files_;
  const Policy& policy_;
  Offer offer_;
  Result<Trust> trust_ = Trust::unsigned_image;  // of files that are no signed package
  std::uint64_t received_ = 0;
  std::size_t file_count_ = 0;  // without the firmware
  bool in_session_ = false;
  bool has_firmware_ = false;
  bool in_firmware_ = false;  // what is written now is it
  bool installed_ = false;
};

}  // namespace updraft
