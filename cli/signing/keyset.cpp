// updraft keyset make | sign | show
#include <charconv>

#include <fmt/format.h>

#include "cli/signing/commands.hpp"
#include "cli/signing/package_words.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "engine/core/hex.hpp"

namespace updraft::cli {
namespace {

struct Group {
  std::vector<std::string> files;
  std::uint64_t threshold = 1;
};

struct MakeKeySet {
  Group root, release, freshness;
  std::uint64_t version = 1;
  std::vector<std::string> floors, revoked, image_keys;
  PasswordOptions password;
  std::string out;
};

host::KeySetSpec::Group group_of(const Group& group, const PasswordOptions& password,
                                 std::vector<host::SigningKey>* signers) {
  host::KeySetSpec::Group made;
  made.threshold = group.threshold;
  for (const std::string& file : group.files) {
    const host::KeyFile key = read_key(file, password);
    made.keys.push_back(key.point);
    if (signers != nullptr && key.key) signers->push_back(*key.key);
  }
  return made;
}

// VENDOR/PRODUCT/CHIP/HARDWARE=N
host::KeySetSpec::FloorSpec floor_of(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  host::KeySetSpec::FloorSpec floor;
  const char* const end = text.data() + text.size();
  const char* const number = equals == text.npos ? end : text.data() + equals + 1;
  const auto [after, error] = std::from_chars(number, end, floor.sequence);
  if (error != std::errc{} || after != end || floor.sequence > suit::kMaxSequence) {
    throw Stop(kUsage,
               fmt::format("--floor: want {}=N, N a release's number, not {}", kProductForm, text));
  }
  floor.class_id = host::read_product(text.substr(0, equals)).class_id;
  return floor;
}

crypto::Sha256Digest digest_of(const std::string& text, const char* option) {
  crypto::Sha256Digest digest;
  if (!read_hex(text, digest)) {
    throw Stop(kUsage, fmt::format("{}: want 64 hex digits, not {}", option, text));
  }
  return digest;
}

void say_what_is_missing(Bytes key_set, const std::string& file) {
  const auto set = suit::KeySet::read(key_set);
  const Result<> whole = set ? suit::check_change(*set, nullptr) : outcome_of(set);
  if (whole) return;
  Output::warn(
      fmt::format("no device takes {} yet: more of its root keys must sign it; "
                  "updraft keyset sign {} --key FILE",
                  file, file));
}

// It may be one of the KeySet before, which has to agree.
void warn_if_no_root(Bytes key_set, const std::string& file, const host::Point& point) {
  const auto set = suit::KeySet::read(key_set);
  const auto kid = host::kid_of(point);
  if (!set || set->find(suit::Role::root, kid)) return;
  Output::warn(
      fmt::format("{} is no root key of {}: it counts only where it is one of the KeySet before",
                  hex(kid), file));
}

void make(const MakeKeySet& options) {
  std::vector<host::SigningKey> signers;
  host::KeySetSpec spec;
  spec.version = options.version;
  spec.root = group_of(options.root, options.password, &signers);
  spec.release = group_of(options.release, options.password, nullptr);
  spec.freshness = group_of(options.freshness, options.password, nullptr);
  for (const std::string& text : options.floors) spec.floors.push_back(floor_of(text));
  for (const std::string& text : options.revoked) {
    spec.revoked.push_back(digest_of(text, "--revoke"));
  }
  for (const std::string& text : options.image_keys) {
    spec.image_keys.push_back(digest_of(text, "--image-key"));
  }
  std::vector<std::byte> set = host::make_key_set(spec);
  for (const host::SigningKey& key : signers) set = host::sign_key_set(set, host::signer_of(key));
  write_file(options.out, set);
  say_what_is_missing(set, options.out);
}

void add_group(CLI::App& command, Group& group, const std::string& role, const char* what) {
  CLI::Option* files = command.add_option("--" + role, group.files, what)->type_name("FILE");
  if (role != "freshness") files->required();
  command.add_option("--" + role + "-threshold", group.threshold, "how many of them must sign")
      ->type_name("N")
      ->capture_default_str();
}

void add_make(CLI::App& keyset) {
  const auto options = std::make_shared<MakeKeySet>();
  CLI::App* command = keyset.add_subcommand("make", "Make a KeySet: which keys devices trust.");
  add_group(*command, options->root, "root",
            "keys that may change the KeySet; private ones sign it at once");
  add_group(*command, options->release, "release", "keys that sign packages");
  add_group(*command, options->freshness, "freshness",
            "keys of the servers that say which release is the newest");
  command->add_option("--version", options->version, "one more than the KeySet before it")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--floor", options->floors,
                   "no release below this number: " + std::string(kProductForm) + "=N")
      ->type_name("NAMES=N");
  command
      ->add_option("--revoke", options->revoked,
                   "manifest digest of a package that must not be installed")
      ->type_name("HEX");
  command->add_option("--image-key", options->image_keys, "digest of a Secure Boot v2 key to trust")
      ->type_name("HEX");
  add_key_password_options(*command, options->password);
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  command->footer(
      "Release and freshness keys may be public ones; each option takes several files.\n"
      "Examples:\n"
      "  updraft keyset make --root root.pem --release release.pem -o product.keyset\n"
      "  updraft keyset make --root a.pem b.pub.pem c.pub.pem --root-threshold 2 --release "
      "release.pem -o product.keyset\n");
  command->callback([options] { make(*options); });
}

struct SignKeySet {
  std::string file, out;
  SignerOptions signer;
};

void sign(const SignKeySet& options) {
  const std::vector<std::byte> set = read_key_set_file(options.file);
  const host::Signer signer = read_signers(options.signer).front();
  const auto made = host::sign_key_set(set, signer);
  const std::string& out = options.out.empty() ? options.file : options.out;
  write_file(out, made);
  warn_if_no_root(made, options.file, signer.point);
  say_what_is_missing(made, out);
}

void add_sign_key_set(CLI::App& keyset) {
  const auto options = std::make_shared<SignKeySet>();
  CLI::App* command = keyset.add_subcommand("sign", "Add the signature of one more root key.");
  command->add_option("FILE", options->file, "the KeySet")->required();
  command->add_option("--key", options->signer.keys, "private root key")
      ->type_name("PEM")
      ->expected(1)
      ->required();
  add_signer_command(*command, options->signer);
  add_key_password_options(*command, options->signer.password);
  command->add_option("-o,--output", options->out, "file to write; default: FILE itself")
      ->type_name("FILE");
  command->footer(
      "A KeySet that follows another is signed by root keys of both.\n"
      "Examples:\n"
      "  updraft keyset sign product.keyset --key root-b.pem\n"
      "  updraft keyset sign product.keyset --key root-b.pub.pem --signer-cmd 'openssl dgst "
      "-sha256 "
      "-sign root-b.pem'\n");
  command->callback([options] { sign(*options); });
}

void add_show(CLI::App& keyset, int& status) {
  struct Show {
    std::string file;
    bool json = false;
  };
  const auto options = std::make_shared<Show>();
  CLI::App* command = keyset.add_subcommand("show", "Say what a KeySet allows, and who signed it.");
  command->add_option("FILE", options->file, "the KeySet")->required();
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Exit status 0 if its own root keys signed it, 1 if not.\n"
      "Examples:\n"
      "  updraft keyset show product.keyset\n");
  command->callback([options, &status] {
    const Output output(options->json);
    Finding finding = describe_key_set(read_key_set_file(options->file));
    finish(finding);
    output.event(finding.json);
    for (const std::string& line : finding.lines) output.line(line);
    status = finding.valid ? kOk : kRefused;
  });
}

}  // namespace

void add_keyset(CLI::App& app, int& status) {
  CLI::App* keyset = app.add_subcommand("keyset", "Make and sign KeySets, which devices trust.");
  keyset->require_subcommand(1);
  add_make(*keyset);
  add_sign_key_set(*keyset);
  add_show(*keyset, status);
}

}  // namespace updraft::cli
