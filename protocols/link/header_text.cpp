#include "protocols/link/header_text.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

// Of a text that begins behind the opening quote: up to the closing one, or all of it.
std::size_t quoted_size(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return i;
    if (text[i] == '\\') ++i;
  }
  return text.size();
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::optional<HeaderParameters::Parameter> HeaderParameters::next() {
  while (!rest_.empty() && (rest_.front() == separator_ || trimmed(rest_.substr(0, 1)).empty())) {
    rest_.remove_prefix(1);
  }
  if (rest_.empty()) return std::nullopt;
  const std::size_t end = std::min(rest_.find(separator_), rest_.size());
  const std::size_t equals = rest_.find('=');
  if (equals >= end) {
    const std::string_view alone = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return Parameter{trimmed(alone), {}};
  }
  Parameter found{trimmed(rest_.substr(0, equals)), {}};
  rest_.remove_prefix(equals + 1);
  while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  if (rest_.starts_with('"')) {
    rest_.remove_prefix(1);
    found.value = rest_.substr(0, quoted_size(rest_));
    rest_.remove_prefix(found.value.size());
  } else {
    found.value = trimmed(rest_.substr(0, rest_.find(separator_)));
  }
  rest_.remove_prefix(std::min(rest_.find(separator_), rest_.size()));
  return found;
}

}  // namespace updraft::link
