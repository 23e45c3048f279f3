#include "engine/format/revision.hpp"

#include <charconv>

namespace updraft::format {
namespace {

// Appends to a field that is large enough.
class Words {
 public:
  void add(std::string_view text) {
    std::copy(text.begin(), text.end(), chars_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += text.size();
  }
  void add(std::uint16_t revision) {
    add("v");
    number(revision / 100);
    add(".");
    number(revision % 100);
  }
  std::string_view view() const { return {chars_.data(), size_}; }

 private:
  void number(int value) {
    char* const end = chars_.data() + chars_.size();
    size_ = static_cast<std::size_t>(std::to_chars(chars_.data() + size_, end, value).ptr -
                                     chars_.data());
  }
  std::array<char, 32> chars_{};
  std::size_t size_ = 0;
};

}  // namespace

Text<8> revision_text(std::uint16_t revision) {
  Words words;
  words.add(revision);
  return Text<8>(words.view());
}

Text<32> revision_text(const RevisionRange& range) {
  Words words;
  const bool has_max = RevisionRange::is_set(range.max);
  if (range.min == range.max && has_max) {
    words.add("only ");
    words.add(range.min);
  } else if (range.min != 0) {
    words.add(range.min);
    words.add(has_max ? " to " : " and up");
    if (has_max) words.add(range.max);
  } else if (has_max) {
    words.add("up to ");
    words.add(range.max);
  } else {
    words.add("any");
  }
  return Text<32>(words.view());
}

}  // namespace updraft::format
