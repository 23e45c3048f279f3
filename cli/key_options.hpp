// The options that name the keys of pre-encrypted images.
#pragma once
#include <memory>

#include <CLI/App.hpp>

#include "host/sealing/key_files.hpp"

namespace updraft::cli {

using host::KeyFiles;

void add_private_key_options(CLI::App& command, KeyFiles& files);
void add_public_key_options(CLI::App& command, KeyFiles& files);

// As in host/sealing/key_files.hpp; they warn of a private key that others can read.
std::shared_ptr<format::SealedKeys> read_private_keys(const KeyFiles& files);
sim::SealFor read_public_key(const KeyFiles& files);

}  // namespace updraft::cli
