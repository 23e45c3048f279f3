// updraft suit make | tbs | attach: a package step by step, where the key is elsewhere.
#include "cli/signing/suit.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "cli/signing/commands.hpp"
#include "cli/signing/data_files.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "engine/core/hex.hpp"
#include "host/signing/signer_command.hpp"

namespace updraft::cli {
namespace {

// A key that is elsewhere: a PEM file of its public half, or its id and a KeySet that has it.
struct KeyOf {
  std::string id;
  std::string keyset;
};

void add_key_of(CLI::App& command, KeyOf& key) {
  command.add_option("--key-id", key.id, "PEM file of the public key; or its id, with --keyset")
      ->type_name("PEM|HEX");
  command.add_option("--keyset", key.keyset, "KeySet that has the key")->type_name("FILE");
}

host::Point point_of(const KeyOf& key) {
  std::array<std::byte, suit::kKidBytes> kid{};
  if (!read_hex(key.id, kid)) return read_key(key.id, {}).point;
  if (key.keyset.empty()) {
    throw Stop(kUsage,
               "--key-id: an id alone does not say which key; add --keyset, or name a PEM "
               "file of the public key");
  }
  const std::vector<std::byte> bytes = read_key_set_file(key.keyset);
  const auto set = suit::KeySet::read(bytes);
  if (!set) throw Stop(set.error(), key.keyset + ": " + explain(set.error()));
  const auto index = set->find(suit::Role::release, kid);
  if (!index) throw Stop(kRefused, key.keyset + " has no release key " + key.id);
  return set->point(*index);
}

struct MakeSuit {
  MakeOptions make;
  std::uint64_t sequence = 0;
  std::string co_processor, co_processor_product;
  std::vector<std::string> file_systems;  // LABEL=FILE
  std::string command;
  KeyOf key;
};

// The co-processor's component, if there is one; `image` is what it brings, and outlives it.
std::vector<host::ComponentSpec> co_processor_of(const MakeSuit& options,
                                                 std::vector<std::byte>& image) {
  if (options.co_processor.empty() != options.co_processor_product.empty()) {
    throw Stop(kUsage, "--cp and --cp-product belong together: the image, and whom it is for");
  }
  if (options.co_processor.empty()) return {};
  image = read_file(options.co_processor);
  return {{host::co_processor_component(), host::read_product(options.co_processor_product), image,
           image}};
}

std::vector<std::byte> made_package(const MakeSuit& options) {
  const MakeOptions& make = options.make;
  check_sequence(options.sequence);
  const host::Product product = host::read_product(make.product);
  const std::vector<std::byte> transfer = read_file(make.file);
  const std::vector<std::byte> image = installed_image(transfer, make.file, make.image);
  const std::vector<DataFile> data = read_data_files(options.file_systems);
  std::vector<std::byte> radio;
  const auto co_processor = co_processor_of(options, radio);
  const host::BesideSpec beside = names_beside(make, make.out);
  host::PackageSpec spec{.components = {{host::app_component(), product, image, transfer, beside}},
                         .sequence = options.sequence,
                         .version = version_of(image),
                         .index = !make.no_index};
  add_components(spec.components, product, data);
  spec.components.insert(spec.components.end(), co_processor.begin(), co_processor.end());
  std::vector<std::byte> package = host::make_package(spec);
  write_beside(make, make.out, transfer);
  return package;
}

void make(const MakeSuit& options) {
  std::vector<std::byte> package = made_package(options);
  if (!options.command.empty()) {
    if (options.key.id.empty()) throw Stop(kUsage, "--signer-cmd needs --key-id: whose key is it?");
    const host::Point point = point_of(options.key);
    package = host::attach(package, point,
                           host::sign_by_command(options.command, host::package_message(package)));
  }
  write_file(options.make.out, package);
}

void add_make(CLI::App& suit) {
  const auto options = std::make_shared<MakeSuit>();
  CLI::App* command = suit.add_subcommand("make", "Make a package that nobody has signed yet.");
  add_make_options(*command, options->make);
  for (const char* const needed : {"--product", "--output"})
    command->get_option(needed)->required();
  command
      ->add_option("--sequence", options->sequence,
                   "number of the release: higher than all before of this product")
      ->type_name("N")
      ->required();
  add_data_files(*command, options->file_systems);
  command->add_option("--cp", options->co_processor, "the co-processor's image as well")
      ->type_name("FILE");
  command
      ->add_option("--cp-product", options->co_processor_product,
                   "whom that is for: " + std::string(kProductForm))
      ->type_name("NAMES");
  command
      ->add_option("--signer-cmd", options->command,
                   "command that reads what is to be signed, and writes the signature")
      ->type_name("CMD");
  add_key_of(*command, options->key);
  command->footer(
      "Examples:\n"
      "  updraft suit make app.bin --product example.com/lamp/esp32c3/1 --sequence 7 -o p.suit\n"
      "  updraft suit make app.bin --product example.com/lamp/esp32c3/1 --sequence 7 -o p.suit "
      "--key-id release.pub.pem --signer-cmd 'openssl dgst -sha256 -sign release.pem'\n");
  command->callback([options] { make(*options); });
}

struct Tbs {
  std::string file, out, algorithm = "esp256";
};

void write_message(const Tbs& options) {
  const auto message = host::package_message(read_package_file(options.file));
  if (!options.out.empty()) return write_file(options.out, message);
  (void)std::fwrite(message.data(), 1, message.size(), stdout);
}

void add_tbs(CLI::App& suit) {
  const auto options = std::make_shared<Tbs>();
  CLI::App* command = suit.add_subcommand("tbs", "Write what is to be signed (its SHA-256).");
  command->add_option("PKG", options->file, "the package")->required();
  command->add_option("--alg", options->algorithm, "the only one there is")
      ->check(CLI::IsMember({"esp256"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->out, "file to write; default: standard output")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  updraft suit tbs p.suit > tbs.bin\n"
      "  openssl dgst -sha256 -sign release.pem -out sig.bin tbs.bin\n");
  command->callback([options] { write_message(*options); });
}

struct Attach {
  std::string file, signature, out;
  KeyOf key;
};

void attach(const Attach& options) {
  const auto signature = host::read_signature(read_file(options.signature, kMostSecretFile));
  if (!signature) {
    throw Stop(kRefused, options.signature + " is no signature in DER, or of 64 bytes");
  }
  const auto package =
      host::attach(read_package_file(options.file), point_of(options.key), *signature);
  write_file(options.out.empty() ? options.file : options.out, package);
}

void add_attach(CLI::App& suit) {
  const auto options = std::make_shared<Attach>();
  CLI::App* command =
      suit.add_subcommand("attach", "Put a signature into a package, if it is right.");
  command->add_option("PKG", options->file, "the package")->required();
  add_key_of(*command, options->key);
  command->get_option("--key-id")->required();
  command->add_option("--signature", options->signature, "DER, or r and s of 32 bytes each")
      ->type_name("FILE")
      ->required();
  command->add_option("-o,--output", options->out, "file to write; default: PKG itself")
      ->type_name("PKG");
  command->footer(
      "Examples:\n"
      "  updraft suit attach p.suit --key-id release.pub.pem --signature sig.bin\n"
      "  updraft suit attach p.suit --key-id f0f4cda3ee081331 --keyset product.keyset --signature "
      "sig.bin\n");
  command->callback([options] { attach(*options); });
}

}  // namespace

void add_suit(CLI::App& app, int& status) {
  CLI::App* suit = app.add_subcommand("suit", "Make, sign and check packages step by step.");
  suit->require_subcommand(1);
  add_make(*suit);
  add_tbs(*suit);
  add_attach(*suit);
  add_suit_token(*suit);
  add_suit_verify(*suit, status);
}

}  // namespace updraft::cli
