// What a package brings for data partitions: LABEL=FILE on a command line.
#pragma once
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "host/signing/package_maker.hpp"

namespace updraft::cli {

struct DataFile {
  std::string label;
  std::string file;
  std::vector<std::byte> content;
};

void add_data_files(CLI::App& command, std::vector<std::string>& texts);
// Throws Stop: not of that form, a label twice, or a file that cannot be read or is empty.
std::vector<DataFile> read_data_files(const std::vector<std::string>& texts);
// As components of a package, behind those that are there; the content of `files` outlives them.
void add_components(std::vector<host::ComponentSpec>& components, const host::Product& product,
                    const std::vector<DataFile>& files);

}  // namespace updraft::cli
