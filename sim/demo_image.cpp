#include "sim/demo_image.hpp"

#include <algorithm>

#include "engine/crypto/digest.hpp"

namespace updraft::sim {
namespace {

using format::kAppDescriptorBytes;
using format::kDefaultMmuPage;
using format::kHashBytes;
using format::kImageHeaderBytes;
using format::kSegmentHeaderBytes;

using Buffer = std::vector<std::byte>;

constexpr std::string_view kMarker = "updraft-demo app=";
constexpr std::size_t kOnlyRodataBelow = 4 * 1024;  // smaller images have one segment
constexpr std::size_t kFlashCodeFrom = 192 * 1024;  // larger ones have code mapped from flash
constexpr std::uint32_t kLoadedBytes = 16 * 1024;   // of their instruction RAM
constexpr std::uint16_t kEsp32C3 = 0x0005, kEsp32C6 = 0x000D;

std::uint32_t instruction_ram(const format::Chip& chip) {
  switch (chip.id) {
    case 0x0000:  // esp32
      return 0x40080000;
    case 0x0002:  // esp32s2
      return 0x40020000;
    case 0x0005:  // esp32c3
    case 0x000C:  // esp32c2
      return 0x40380000;
    case 0x0009:  // esp32s3
      return 0x40374000;
    case 0x0012:  // esp32p4
      return 0x4FF00000;
    default:  // the newer ones
      return 0x40800000;
  }
}

// Random words that no disassembler takes for code; the same ones for the same seed.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed + 0x9E3779B97F4A7C15ull) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::uint32_t>(state_ >> 16);
  }

 private:
  std::uint64_t state_;
};

void put_text(MutableBytes field, std::string_view text) {
  const Bytes bytes = as_bytes(text.substr(0, field.size() - 1));
  std::copy(bytes.begin(), bytes.end(), field.begin());
}

// The C6's ROM has another divider: what 0xF means on other chips is 0 there, as esptool writes it.
std::byte speed_and_size(const DemoImage& demo) {
  const bool full_speed = (demo.speed_size & 0xF) == 0xF;
  const unsigned value =
      demo.chip->id == kEsp32C6 && full_speed ? demo.speed_size & 0xF0u : unsigned{demo.speed_size};
  return static_cast<std::byte>(value);
}

Buffer header_of(const DemoImage& demo) {
  const bool c3 = demo.chip->id == kEsp32C3;
  const std::uint16_t min_revision = demo.min_chip_rev_full.value_or(c3 ? 3 : 0);
  const std::uint16_t max_revision = demo.max_chip_rev_full.value_or(c3 ? 199 : 65535);
  Buffer header(kImageHeaderBytes);
  header[0] = std::byte{format::kImageMagic};
  header[2] = std::byte{demo.spi_mode};
  header[3] = speed_and_size(demo);
  store_le32(header, 4, demo.entry_addr.value_or(instruction_ram(*demo.chip)));
  header[8] = std::byte{0xEE};  // no write-protect pin
  store_le16(header, 12, demo.chip->id);
  header[14] = static_cast<std::byte>(c3 ? min_revision : 0);  // the field that old releases read
  store_le16(header, 15, min_revision);
  store_le16(header, 17, max_revision);
  header[23] = std::byte{demo.append_hash};
  return header;
}

// Content that differs was linked from another ELF file.
std::array<std::byte, 32> elf_hash_of(const DemoImage& demo) {
  std::array<std::byte, 32> hash = demo.elf_sha256;
  if (hash != counting_elf_hash()) return hash;
  store_le32(hash, 28, load_le32(hash, 28) ^ demo.seed);
  for (std::size_t i = 0; i < demo.app.size(); ++i) {
    hash[i % hash.size()] ^= static_cast<std::byte>(demo.app[i]);
  }
  return hash;
}

Buffer descriptor_of(const DemoImage& demo) {
  Buffer app(kAppDescriptorBytes);
  const MutableBytes field(app);
  store_le32(app, 0, format::kAppDescriptorMagic);
  store_le32(app, 4, demo.secure_version);
  put_text(field.subspan(16, 32), demo.version);
  put_text(field.subspan(48, 32), demo.project);
  put_text(field.subspan(80, 16), demo.time);
  put_text(field.subspan(96, 16), demo.date);
  put_text(field.subspan(112, 32), demo.idf_ver);
  std::ranges::copy(elf_hash_of(demo), app.begin() + 144);
  store_le16(app, 176, demo.min_efuse_blk_rev_full);
  store_le16(app, 178, demo.max_efuse_blk_rev_full);
  app[180] = std::byte{demo.mmu_page_size};
  app[181] = std::byte{demo.spi_flash_mode};
  return app;
}

// Appends segments to an image that begins with its header.
class Segments {
 public:
  Segments(Buffer& image, std::uint32_t seed) : image_(image), noise_(seed) {}

  void add(std::uint32_t load_addr, const Buffer& content, std::size_t noise_bytes = 0) {
    const std::size_t header = image_.size();
    image_.resize(header + kSegmentHeaderBytes);
    image_.insert(image_.end(), content.begin(), content.end());
    const std::size_t noise_at = image_.size();
    image_.resize(noise_at + noise_bytes);
    for (std::size_t at = noise_at; at < image_.size(); at += 4) {
      store_le32(image_, at, noise_.next());
    }
    store_le32(image_, header, load_addr);
    store_le32(image_, header + 4, static_cast<std::uint32_t>(content.size() + noise_bytes));
    image_[1] = static_cast<std::byte>(std::to_integer<int>(image_[1]) + 1);
  }

  // A segment that nobody loads, so that the data of the next one begins at 0x20 in an MMU page.
  void add_padding() {
    const std::size_t next_data = image_.size() + 2 * kSegmentHeaderBytes;
    const std::size_t want = format::kAppDescriptorOffset;
    add(0, Buffer((kDefaultMmuPage + want - next_data % kDefaultMmuPage) % kDefaultMmuPage));
  }

  // Bytes that one more segment may hold so that the whole body becomes `body` (a multiple of 16).
  std::size_t room(std::size_t body) const {
    const std::size_t used = image_.size() + kSegmentHeaderBytes + 4;  // 4: ends in the checksum
    return body > used ? body - used : 0;
  }

 private:
  Buffer& image_;
  Noise noise_;
};

void add_segments(const DemoImage& demo, Buffer& image) {
  Buffer first = descriptor_of(demo);
  if (!demo.app.empty()) {
    first.resize(first.size() + kDemoMarkerBytes);
    put_text(MutableBytes(first).last(kDemoMarkerBytes), std::string(kMarker) + demo.app);
  }
  const std::uint32_t rodata = demo.chip->drom.low + format::kAppDescriptorOffset;
  const std::size_t size = std::min(demo.size, kMaxDemoBytes) / 16 * 16;
  const std::size_t hash = demo.append_hash ? kHashBytes : 0;
  const std::size_t body = size > hash ? size - hash : 0;

  Segments segments(image, demo.seed);
  const std::size_t room = segments.room(body);
  const std::size_t noise = room > first.size() ? room - first.size() : 0;
  if (size < kOnlyRodataBelow) return segments.add(rodata, first, noise);
  if (size < kFlashCodeFrom) {
    segments.add(rodata, first, noise / 2 / 4 * 4);
    return segments.add(instruction_ram(*demo.chip), {}, segments.room(body));
  }
  segments.add(rodata, first, size / 4 / 4 * 4);
  segments.add(instruction_ram(*demo.chip), {}, kLoadedBytes);
  segments.add_padding();
  const auto offset = static_cast<std::uint32_t>(image.size() + kSegmentHeaderBytes);
  segments.add(demo.chip->irom.low + offset, {}, segments.room(body));
}

struct Layout {
  std::size_t body = 0;  // bytes that the hash covers
  std::uint8_t checksum = format::kChecksumSeed;
};

Layout measure(Bytes image) {
  Layout layout;
  std::size_t at = kImageHeaderBytes;
  for (std::uint8_t i = 0; i < load_u8(image, 1); ++i) {
    const std::size_t length = format::parse_segment_header(image.subspan(at)).data_len;
    at += kSegmentHeaderBytes;
    for (const std::byte b : image.subspan(at, length)) {
      layout.checksum ^= std::to_integer<std::uint8_t>(b);
    }
    at += length;
  }
  layout.body = static_cast<std::size_t>(format::checksum_end(at));
  return layout;
}

}  // namespace

std::array<std::byte, 32> counting_elf_hash() {
  std::array<std::byte, 32> hash;
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::byte>(i);
  return hash;
}

std::vector<std::byte> make_image(const DemoImage& demo) {
  Buffer image = header_of(demo);
  add_segments(demo, image);
  image.resize(measure(image).body + (demo.append_hash ? kHashBytes : 0));
  reseal_image(image);
  return image;
}

void reseal_image(MutableBytes image) {
  const Layout layout = measure(image);
  image[layout.body - 1] = std::byte{layout.checksum};
  if (load_u8(image, 23) == 0) return;
  const crypto::Sha256Digest digest = crypto::sha256(image.first(layout.body));
  std::copy(digest.begin(), digest.end(), image.subspan(layout.body).begin());
}

std::string_view demo_app(Bytes image) {
  if (image.size() < kDemoHeadBytes || load_u8(image, 0) != format::kImageMagic) return {};
  const auto first = format::parse_segment_header(image.subspan(kImageHeaderBytes));
  if (first.data_len < kAppDescriptorBytes + kDemoMarkerBytes) return {};
  const Bytes field = image.subspan(kDemoMarkerOffset, kDemoMarkerBytes);
  const std::string_view text = as_text(field);
  if (!text.starts_with(kMarker) || text.back() != '\0') return {};
  return text.substr(0, text.find('\0')).substr(kMarker.size());
}

}  // namespace updraft::sim
