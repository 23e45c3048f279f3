// Kinds of text: partition tables, web pages, and what else is read rather than run.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "updraft/bytes.hpp"

#include "host/files/kinds.hpp"

namespace updraft::files {

// Largest text that is looked through; what is longer is judged by its beginning.
inline constexpr std::size_t kTextHeadBytes = 64 * 1024;

struct DecodedText {
  std::string utf8;
  std::string_view encoding;  // "UTF-8", "UTF-16", "UTF-32"
};

// Nothing where the beginning is no text. A mark at the front (BOM) chooses the encoding and is
// left out.
std::optional<DecodedText> as_text_file(Bytes file);

Kind kind_of_text(std::string_view text);

}  // namespace updraft::files
