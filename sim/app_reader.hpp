// Answers what boot and OTA code asks about a partition with an app: whether its image is valid,
// and what its descriptor says.
#pragma once
#include <vector>

#include "updraft/flash.hpp"

#include "engine/format/image_verifier.hpp"
#include "engine/format/partition_table.hpp"
#include "sim/efuse.hpp"

namespace updraft::sim {

// Keeps a verifier and a buffer, so that it can be asked often. Flash and eFuses outlive it.
class AppReader {
 public:
  AppReader(Flash& flash, const Efuse& efuse);

  // The whole walk of spec/esp32.md section 1.7, the anti-rollback check apart.
  // Errors: those of format::ImageVerifier, flash.
  Result<format::ImageInfo> verify(const format::Partition& app);

  // In anti-rollback builds esp_image_verify() of an app ends the program here: what comes before
  // the descriptor is sound, and the descriptor's magic is not there.
  bool has_an_app_without_descriptor(const format::Partition& app);

  // The app descriptor where it always is, without looking at anything else.
  // Errors: malformed (its magic is not there), flash.
  Result<format::AppDescriptor> description(const format::Partition& app);

 private:
  Flash& flash_;
  const Efuse& efuse_;
  format::ImageVerifier verifier_;
  std::vector<std::byte> scratch_;
};

}  // namespace updraft::sim
