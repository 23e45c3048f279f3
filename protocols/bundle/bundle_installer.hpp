// Installs a bundle: files through a FileTransaction, `firmware.bin` through the Updater,
// `part/LABEL.bin` to the data partition of that label, all of it or none.
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

#include "engine/parts/part_package.hpp"
#include "protocols/bundle/bundle_intake.hpp"

namespace updraft {

class BundleInstaller final : public BundleIntake {
 public:
  // All outlive it. `parts`: nullptr: the device has no data partitions to update.
  BundleInstaller(LeanUpdater& updater, FileTransaction& files, const Policy& policy,
                  parts::PartPackage* parts = nullptr)
      : updater_(updater), files_(files), policy_(policy), parts_(parts) {}

  Result<> begin(const Offer& offer) override;
  Result<> expect(std::string_view path, std::uint64_t size) override;
  Result<> open(std::string_view path, std::uint64_t size) override;
  Result<> write(Bytes bytes) override;
  Result<Taken> finish() override;
  void abort(const Error& why) override;
  void never_began(Scheme scheme, const Error& why) override { updater_.never_began(scheme, why); }

  bool restart_due() const { return installed_; }  // a bundle is in place, and changed something

 private:
  // Which of them a file of the bundle goes to.
  enum class Goes : std::uint8_t { to_files, to_updater, to_part };
  Result<> expect_part(std::string_view path, std::uint64_t size);
  Result<> open_part(std::string_view path, std::uint64_t size);
  Result<> write_on(Bytes bytes);
  Result<> close_last();
  Result<Taken> install();
  Result<> bind_parts(bool firmware);
  Result<> end(const Error& why);

  LeanUpdater& updater_;
  FileTransaction& files_;
  const Policy& policy_;
  parts::PartPackage* parts_;
  Offer offer_;
  Result<Trust> trust_ = Trust::unsigned_image;  // of files that are no signed package
  std::uint64_t received_ = 0;
  std::size_t file_count_ = 0;  // without the firmware
  bool in_session_ = false;
  std::size_t part_count_ = 0;
  bool has_firmware_ = false;
  Goes goes_ = Goes::to_files;  // what is written now
  bool writing_ = false;        // something is
  bool installed_ = false;
};

}  // namespace updraft
