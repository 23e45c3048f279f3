#include <algorithm>
#include <charconv>

#include "engine/format/csv_text.hpp"
#include "engine/format/partition_csv.hpp"

namespace updraft::format {
namespace {

constexpr std::string_view kHeading = "# Name, Type, SubType, Offset, Size, Flags\n";

// Appends to a buffer that is large enough.
class Writer {
 public:
  explicit Writer(std::span<char> out) : out_(out) {}
  void text(std::string_view text) {
    std::ranges::copy(text, out_.subspan(size_).begin());
    size_ += text.size();
  }
  void number(std::uint64_t value, int base = 10) {
    if (base == 16) text("0x");
    const auto end = std::to_chars(out_.data() + size_, out_.data() + out_.size(), value, base).ptr;
    size_ = static_cast<std::size_t>(end - out_.data());
  }
  void word_or_number(std::string_view word, std::uint8_t value) {
    word.empty() ? number(value) : text(word);
  }
  // 1M and 64K if that is exact.
  void size(std::uint32_t value) {
    constexpr std::uint32_t kKilo = 1024;
    constexpr std::uint32_t kMega = 1024 * 1024;
    if (value == 0 || value % kKilo != 0) return number(value, 16);
    const bool mega = value % kMega == 0;
    number(value / (mega ? kMega : kKilo));
    text(mega ? "M" : "K");
  }
  std::size_t written() const { return size_; }

 private:
  std::span<char> out_;
  std::size_t size_ = 0;
};

bool can_be_told(std::string_view label) {
  const auto is_special = [](char c) { return c == ',' || c == '$' || csv::is_control(c); };
  return csv::trim(label) == label && !label.starts_with('#') &&
         std::ranges::none_of(label, is_special);
}

std::string_view flag_words(const Partition& partition) {
  if (partition.encrypted() && partition.readonly()) return "encrypted:readonly";
  if (partition.encrypted()) return "encrypted";
  return partition.readonly() ? "readonly" : "";
}

void write_row(const Partition& partition, Writer& out) {
  out.text(partition.label.view());
  out.text(",");
  out.word_or_number(type_word(partition.type), static_cast<std::uint8_t>(partition.type));
  out.text(",");
  out.word_or_number(subtype_word(partition.type, partition.subtype), partition.subtype);
  out.text(",");
  out.number(partition.offset, 16);
  out.text(",");
  out.size(partition.size);
  out.text(",");
  out.text(flag_words(partition));
  out.text("\n");
}

}  // namespace

Result<std::size_t> write_partition_csv(std::span<const Partition> partitions,
                                        std::span<char> out) {
  Writer writer(out);
  writer.text(kHeading);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    if (!can_be_told(partitions[i].label.view())) {
      return fail(Code::malformed, Where::table, i, partitions.size());
    }
    write_row(partitions[i], writer);
  }
  return writer.written();
}

}  // namespace updraft::format
