// The text of header fields, in HTTP and in the parts of a form: words without regard to case, and
// lists of parameters like `form-data; name="file"; filename="app.bin"`.
#pragma once
#include <optional>
#include <string_view>

#include "engine/core/words.hpp"

namespace updraft::link {

std::string_view trimmed(std::string_view text);  // without the blanks around it

// One `name=value` after the other. A quoted value comes without its quotes, and as it is between
// them; what has no `=` is a name with an empty value.
class HeaderParameters {
 public:
  explicit HeaderParameters(std::string_view text, char separator = ';')
      : rest_(text), separator_(separator) {}
  struct Parameter {
    std::string_view name, value;
  };
  std::optional<Parameter> next();

 private:
  std::string_view rest_;
  char separator_;
};

}  // namespace updraft::link
