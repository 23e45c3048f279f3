// A signature without many words: what is not named comes from the project's updraft.toml, and the
// number of the release from the file beside it.
#pragma once
#include <optional>

#include "cli/signing/signing_options.hpp"
#include "cli/words/output.hpp"

namespace updraft::cli {

struct SignWith {
  SignerOptions signer;
  std::string product;  // kProductForm
  std::optional<std::uint64_t> sequence;
};

// What is to be signed.
struct ToSign {
  std::string file;       // its name; updraft.toml is looked for from there
  Bytes transfer, image;  // as it is sent, and as it is installed; empty: no app
  bool index = true;
  host::BesideSpec beside = {};
  const std::vector<DataFile>* data = nullptr;  // for data partitions; nullptr: none
  bool rescue = false;                          // the image is that of the rescue app
};

struct SignedPackage {
  std::vector<std::byte> bytes;
  std::string product;
  std::uint64_t sequence = 0;
  std::vector<std::string> signers;  // ids of their keys
};

// The number is kept before this returns: no two packages have the same one. On a terminal a person
// is asked for what no updraft.toml says, and it is written (ask_settings.hpp). Throws Stop:
// something is not named, and nobody says it; host::Trouble.
SignedPackage sign_package(const SignWith& with, const ToSign& what);

// As an event of --json.
boost::json::object signed_event(const SignedPackage& package);

}  // namespace updraft::cli
