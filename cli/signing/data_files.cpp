#include "cli/signing/data_files.hpp"

#include <algorithm>

#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "engine/suit/data_component.hpp"

namespace updraft::cli {
namespace {

DataFile read_data_file(const std::string& text) {
  const std::size_t equals = text.find('=');
  const bool form = equals != text.npos && equals != 0 && equals + 1 < text.size();
  DataFile made;
  if (form) made = {text.substr(0, equals), text.substr(equals + 1), {}};
  const auto name = host::file_system_component(made.label);
  if (!form || suit::data_label(name) != made.label) {
    throw Stop(kUsage, "--fs " + text + ": want LABEL=FILE, with a partition's label");
  }
  made.content = read_file(made.file);
  if (made.content.empty()) throw Stop(kRefused, made.file + " is empty");
  return made;
}

}  // namespace

void add_data_files(CLI::App& command, std::vector<std::string>& texts) {
  command
      .add_option("--fs", texts, "content of a data partition as well, with the partition's label")
      ->type_name("LABEL=FILE");
}

std::vector<DataFile> read_data_files(const std::vector<std::string>& texts) {
  std::vector<DataFile> files;
  for (const std::string& text : texts) {
    DataFile file = read_data_file(text);
    if (std::ranges::find(files, file.label, &DataFile::label) != files.end()) {
      throw Stop(kUsage, "--fs " + text + ": there is something for " + file.label + " already");
    }
    files.push_back(std::move(file));
  }
  return files;
}

void add_components(std::vector<host::ComponentSpec>& components, const host::Product& product,
                    const std::vector<DataFile>& files) {
  for (const DataFile& file : files) {
    components.push_back(
        {host::file_system_component(file.label), product, file.content, file.content});
  }
}

}  // namespace updraft::cli
