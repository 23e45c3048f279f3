#include "engine/format/image.hpp"

namespace updraft::format {

Result<ImageHeader> parse_image_header(Bytes b) {
  if (load_u8(b, 0) != kImageMagic) {
    const Reason reason = b[0] == std::byte{'<'} ? Reason::web_page : Reason::none;
    return fail(Code::not_an_image, Where::image, load_u8(b, 0), kImageMagic, reason);
  }
  return ImageHeader{
      .segment_count = load_u8(b, 1),
      .spi_mode = load_u8(b, 2),
      .speed_size = load_u8(b, 3),
      .entry_addr = load_le32(b, 4),
      .chip_id = load_le16(b, 12),
      .chip_revisions = {load_le16(b, 15), load_le16(b, 17)},
      .hash_appended = load_u8(b, 23) != 0,
  };
}

SegmentHeader parse_segment_header(Bytes b) { return {load_le32(b, 0), load_le32(b, 4)}; }

Result<AppDescriptor> parse_app_descriptor(Bytes b) {
  if (load_le32(b, 0) != kAppDescriptorMagic) {
    return fail(Code::malformed, Where::image, load_le32(b, 0), kAppDescriptorMagic,
                Reason::no_app_descriptor);
  }
  return AppDescriptor{
      .secure_version = load_le32(b, 4),
      .version = Text<32>(b.subspan(16, 32)),
      .project_name = Text<32>(b.subspan(48, 32)),
      .time = Text<16>(b.subspan(80, 16)),
      .date = Text<16>(b.subspan(96, 16)),
      .idf_ver = Text<32>(b.subspan(112, 32)),
      .block_revisions = {load_le16(b, 176), load_le16(b, 178)},
      .mmu_page_size = load_u8(b, 180),
  };
}

}  // namespace updraft::format
