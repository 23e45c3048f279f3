#include "host/signing/project_settings.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/format/chip.hpp"
#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "host/signing/product.hpp"

// toml++ asserts things of a file that only a good one has, like a digit after the T of a time: the
// program would abort, or without assertions go on as if it were so. Here it is an error to catch,
// in every build.
namespace updraft::host {
struct NotToml {};
[[noreturn]] inline void refuse_toml() { throw NotToml{}; }
}  // namespace updraft::host
#pragma push_macro("NDEBUG")
#undef NDEBUG  // with it toml++ takes no TOML_ASSERT of ours
#define TOML_ASSERT(expr) ((expr) ? void() : ::updraft::host::refuse_toml())
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace updraft::host {
namespace {

namespace fs = std::filesystem;

Trouble wrong(const fs::path& file, const std::string& what) {
  return {Trouble::Kind::refused, file.string() + ": " + what};
}

std::string text_of(const toml::table& table, const char* name, const fs::path& file) {
  const auto text = table[name].value_exact<std::string>();
  if (!text || text->empty()) {
    throw wrong(file, std::string(name) + " is missing, or no text in quotes");
  }
  return *text;
}

std::string beside(const fs::path& file, const std::string& key) {
  if (key.empty()) throw wrong(file, "key: a name is empty");
  return (file.parent_path() / key).string();
}

std::vector<std::string> keys_of(const toml::table& table, const fs::path& file) {
  std::vector<std::string> keys;
  if (!table.contains("key")) return keys;
  if (const auto one = table["key"].value_exact<std::string>()) return {beside(file, *one)};
  const toml::array* const list = table["key"].as_array();
  if (list == nullptr || list->empty() || list->size() > kMostSettingsKeys) {
    throw wrong(file, "key: want the name of a file, or a list of up to 4");
  }
  for (const toml::node& each : *list) {
    const auto name = each.value_exact<std::string>();
    if (!name) throw wrong(file, "key: want names of files in quotes");
    keys.push_back(beside(file, *name));
  }
  return keys;
}

// toml++ has no defined behaviour for some characters that are not ASCII where it looks for blanks:
// outside quotes and comments, and in texts of several lines. No setting needs them there.
void check_characters(std::string_view text, const fs::path& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the mark of UTF-8
  std::size_t line = 1;
  char quote = 0;  // in '...', in "..." or, '#', in a comment; 0: none of them
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const auto refuse = [&](const char* what) {
      throw wrong(file, "line " + std::to_string(line) + ": " + what);
    };
    if (c == '\n') {
      ++line;
      quote = 0;
    } else if (quote != 0) {
      if (c == '\\' && quote == '"' && !text.substr(at + 1).starts_with('\n')) {
        ++at;
      } else if (c == quote && c != '#') {
        quote = 0;
      }
    } else if (c == '#' || c == '"' || c == '\'') {
      if (c != '#' && text.substr(at, 3) == std::string(3, c)) refuse("want one quote, not three");
      quote = c;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      refuse("a character that is not ASCII must stand in quotes");
    }
  }
}

// A name that is written wrong would be silently without effect.
void check_names(const toml::table& table, const fs::path& file) {
  constexpr std::string_view kNames[] = {"vendor", "product", "hardware", "key"};
  for (const auto& [name, value] : table) {
    if (std::ranges::find(kNames, name.str()) != std::end(kNames)) continue;
    throw wrong(file, std::string(name.str()) +
                          " is no setting; there are vendor, product, hardware and key");
  }
}

}  // namespace

std::string ProjectSettings::product_on(std::string_view chip) const {
  return vendor + "/" + product + "/" + std::string(chip) + "/" + hardware;
}

std::optional<std::string> ProjectSettings::product_of(Bytes vendor_id, Bytes class_id) const {
  const Id maker = read_vendor(vendor);
  if (!same_bytes(maker, vendor_id)) return std::nullopt;
  for (const format::Chip& chip : format::chips()) {
    std::string name = product_on(chip.name);
    if (same_bytes(read_product(name).class_id, class_id)) return name;
  }
  return std::nullopt;
}

ProjectSettings read_settings(const fs::path& file) {
  const std::vector<std::byte> bytes = read_file(file.string(), kMostSettings);
  check_characters(as_text(bytes), file);
  toml::table table;
  try {
    table = toml::parse(as_text(bytes));
  } catch (const toml::parse_error& error) {
    throw wrong(file, "line " + std::to_string(error.source().begin.line) + ": " +
                          std::string(error.description()));
  } catch (const NotToml&) {
    throw wrong(file, "it is no TOML; each setting is a line like vendor = \"example.com\"");
  }
  check_names(table, file);
  return {.file = file,
          .vendor = text_of(table, "vendor", file),
          .product = text_of(table, "product", file),
          .hardware = text_of(table, "hardware", file),
          .keys = keys_of(table, file)};
}

void write_settings(const ProjectSettings& settings) {
  std::string text;
  const auto quoted = [&](const std::string& value) {
    const bool plain = std::ranges::none_of(value, [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    });
    if (plain) return "\"" + value + "\"";
    throw wrong(settings.file, "no quotes, backslashes or control characters in " + value);
  };
  text += "vendor = " + quoted(settings.vendor) + "\n";
  text += "product = " + quoted(settings.product) + "\n";
  text += "hardware = " + quoted(settings.hardware) + "\n";
  text += "key = [";
  std::string between;
  for (const std::string& file : settings.keys) {
    text += between + quoted(file);
    between = ", ";
  }
  text += "]\n";
  write_file(settings.file.string(), as_bytes(text));
}

std::optional<ProjectSettings> find_settings(const std::string& image) {
  std::error_code none;
  const fs::path start = image == "-" ? fs::path(".") / "-" : fs::path(image);
  for (fs::path folder = fs::absolute(start, none).lexically_normal().parent_path();;
       folder = folder.parent_path()) {
    const fs::path file = folder / kSettingsName;
    if (fs::is_regular_file(file, none)) return read_settings(file);
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

}  // namespace updraft::host
