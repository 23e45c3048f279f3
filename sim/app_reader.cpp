#include "sim/app_reader.hpp"

#include "engine/format/image_in_flash.hpp"

namespace updraft::sim {
namespace {
constexpr std::size_t kScratchBytes = 16 * 1024;
constexpr std::uint32_t kMostMapped = 0x1000000;  // spec/esp32.md 1.7 row 1
// Of the eFuse block's revisions in an image, whatever stands there.
constexpr std::size_t kMinBlockOffset = format::kAppDescriptorOffset + 176;
constexpr std::size_t kMaxBlockOffset = format::kAppDescriptorOffset + 178;
}  // namespace

AppReader::AppReader(Flash& flash, const Efuse& efuse)
    : flash_(flash), efuse_(efuse), scratch_(kScratchBytes) {}

Result<format::ImageInfo> AppReader::verify(const format::Partition& app) {
  if (app.size > kMostMapped) {
    return fail(Code::too_big, Where::table, app.size, kMostMapped, Reason::app_partition);
  }
  FlashWindow window(flash_, app.offset, app.size);
  return format::verify_image(window, efuse_.expectation(app), verifier_, scratch_);
}

bool AppReader::has_an_app_without_descriptor(const format::Partition& app) {
  FlashWindow window(flash_, app.offset, app.size);
  std::array<std::byte, format::kImageHeadBytes> head;
  format::ImageExpectation expectation = efuse_.expectation(app);
  expectation.capacity = 0;  // judged later
  verifier_.reset(expectation);
  return window.read(0, head) && verifier_.push(head) && !verifier_.info().has_descriptor &&
         efuse_.fits_block(load_le16(head, kMinBlockOffset), load_le16(head, kMaxBlockOffset));
}

Result<format::AppDescriptor> AppReader::description(const format::Partition& app) {
  FlashWindow window(flash_, app.offset, app.size);
  std::array<std::byte, format::kAppDescriptorBytes> bytes;
  UPDRAFT_TRY(window.read(format::kAppDescriptorOffset, bytes));
  return format::parse_app_descriptor(bytes);
}

}  // namespace updraft::sim
