// The record of bindings, and stores of sparse images, as a flash may hold them. The checksum is
// made right, else hardly any input would get past it; the last bit says otherwise.
#include <algorithm>
#include <array>
#include <vector>

#include "engine/format/crc32.hpp"
#include "engine/parts/binding_store.hpp"
#include "engine/parts/sparse_store.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

class ArrayFlash final : public Flash {
 public:
  explicit ArrayFlash(std::vector<std::byte>& cells) : cells_(cells) {}
  std::uint32_t size() const override { return static_cast<std::uint32_t>(cells_.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), cells_.size())) return fail(Code::flash, Where::slot);
    std::copy_n(cells_.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> program(std::uint32_t, Bytes) override { return {}; }
  Result<> erase(std::uint32_t, std::uint32_t) override { return {}; }

 private:
  std::vector<std::byte>& cells_;
};

void try_record(Bytes raw, bool mend) {
  std::array<std::byte, parts::kBindingRecordBytes> bytes{};
  std::ranges::copy(at_most(raw, bytes.size()), bytes.begin());
  if (mend) {
    store_le32(bytes, 0, 0x44424455);
    store_le32(bytes, 4, 1);
    format::end_in_crc(bytes);
  }
  parts::BindingRecord record;
  std::uint32_t counter = 0;
  if (!parts::parse_binding(bytes, record, counter)) return;
  for (parts::BoundApp& app : record.apps) {
    check(app.count <= parts::kParts, "no more bindings than there is room for");
    for (const parts::Binding& one : app.all()) {
      check(app.find(one.label.view()) != nullptr, "each is found by its label");
    }
  }
  std::array<std::byte, parts::kBindingRecordBytes> again;
  parts::write_binding(record, counter, again);
  parts::BindingRecord back;
  check(parts::parse_binding(again, back, counter), "what is written is read");
}

void try_store(Bytes raw, bool mend) {
  constexpr std::uint32_t kHead = 8 * kFlashSector;
  std::vector<std::byte> cells(kHead + kFlashSector, std::byte{0x55});
  const MutableBytes head = MutableBytes(cells).subspan(kHead, parts::kStoreHeadBytes);
  std::ranges::fill(head, std::byte{0});
  std::ranges::copy(at_most(raw, head.size()), head.begin());
  if (mend) {
    store_le32(head, 0, 0x54534455);
    store_le32(head, 4, 1);
    store_le32(head, 64, format::crc32(Bytes(cells).subspan(kHead + 1024, 512)));
    format::end_in_crc(head);
  }
  ArrayFlash flash(cells);
  parts::StoreReader reader;
  if (!reader.open(flash, kHead)) return;
  check(reader.low() <= kHead, "it lies below its head");
  std::array<std::byte, 256> page;
  for (std::uint32_t sector = 0; sector < 4096; sector += 7) {
    check(reader.read(sector * kFlashSector, page).has_value(), "no read leaves the flash");
  }
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  const Bytes raw = input(data, size);
  if (raw.empty()) return 0;
  const std::uint8_t last = load_u8(raw, raw.size() - 1);
  if ((last & 2) != 0) {
    try_record(raw, (last & 1) != 0);
  } else {
    try_store(raw, (last & 1) != 0);
  }
  return 0;
}
