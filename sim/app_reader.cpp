#include "sim/app_reader.hpp"

#include "engine/format/image_in_flash.hpp"

namespace updraft::sim {
namespace {
constexpr std::size_t kScratchBytes = 16 * 1024;
constexpr std::uint32_t kMostMapped = 0x1000000;  // spec/esp32.md 1.7 row 1
}  // namespace

AppReader::AppReader(Flash& flash, const Efuse& efuse)
    : flash_(flash), efuse_(efuse), scratch_(kScratchBytes) {}

Result<format::ImageInfo> AppReader::verify(const format::Partition& app) {
  if (app.size > kMostMapped) {
    return fail(Code::too_big, Where::table, app.size, kMostMapped, Reason::app_partition);
  }
  FlashWindow window(flash_, app.offset, app.size);
  return format::verify_image(window, efuse_.expectation(app.size), verifier_, scratch_);
}

Result<format::AppDescriptor> AppReader::description(const format::Partition& app) {
  FlashWindow window(flash_, app.offset, app.size);
  std::array<std::byte, format::kAppDescriptorBytes> bytes;
  UPDRAFT_TRY(window.read(format::kAppDescriptorOffset, bytes));
  return format::parse_app_descriptor(bytes);
}

}  // namespace updraft::sim
