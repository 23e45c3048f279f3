// Socket bundles with a password: firmware.bin alone, or files as well if the product has a
// FileTransaction for its file system (updraft_config_t::bundle_files).
//
// 3 KB of RAM, and the inflater's 44 while a bundle comes; or all of it from the start on, if
// memory is reserved.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/asking_intake.hpp"
#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/heap_lender.hpp"
#include "ports/esp_idf/owned.hpp"
#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_installer.hpp"

namespace updraft::esp_idf {

inline constexpr std::size_t kBundleListBytes = 2048;  // names and sizes of a bundle's files

// No files: a path other than firmware.bin is refused (bad_path).
class FirmwareOnly final : public FileTransaction {
 public:
  Result<> begin(std::uint64_t) override { return {}; }
  Result<> expect(std::string_view, std::uint64_t) override { return no(); }
  Result<> open(std::string_view) override { return no(); }
  Result<> write(Bytes) override { return no(); }
  Result<> commit() override { return {}; }
  Result<> commit_with(const Slot&) override { return {}; }
  void abort() override {}

 private:
  static Result<> no() { return fail(Code::bad_path, Where::device); }
};

class BundleDoor final : public Door {
 public:
  // `door` stays empty without a port. Errors: ESP_ERR_INVALID_ARG (no password), ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door);

  explicit BundleDoor(const DoorContext& context);  // which outlives it
  std::uint16_t port() const override { return context_.config.bundle_port; }
  link::Link* open(link::Origin from) override;
  void closed(link::Link& link, const Result<>& outcome) override;
  std::size_t needs() const override { return codec::inflate_memory(codec::kInflateWindow); }

 private:
  const DoorContext& context_;
  FirmwareOnly no_files_;
  BundleInstaller installer_;
  AskingBundleIntake asking_;
  std::array<std::byte, kBundleListBytes> list_{};
  HeapLender memory_;
  link::BundleShared shared_{list_, memory_};
  std::array<std::optional<link::BundleDevice>, 2> places_;
};

}  // namespace updraft::esp_idf
