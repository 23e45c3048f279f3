// Key files of any content: a key that works, or a sentence; never a prompt.
//
// Input: byte 0 chooses who reads it; the rest is the file.
#include <fstream>

#include "host/desk/trouble.hpp"
#include "host/sealing/key_files.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/temporary_file.hpp"

namespace updraft::fuzz {
namespace {

void read_as(unsigned how, const std::string& path) {
  unsigned private_keys = 0;
  const auto on_private = [&private_keys](const std::string&) { ++private_keys; };
  const host::KeyFiles files{.rsa = how % 2 == 0 ? path : "", .ecies = how % 2 != 0 ? path : ""};
  if (how % 4 < 2) {
    const auto keys = host::read_private_keys(files, on_private);
    check(keys != nullptr && keys->any(), "what was read is a key");
    check(private_keys == 1, "and its owner hears that it is private");
  } else {
    const sim::SealFor key = host::read_public_key(files, on_private);
    check(key.scheme == (how % 2 == 0 ? format::Seal::rsa : format::Seal::ecies),
          "a key of the kind that was asked for");
  }
}

void run(Bytes input) {
  if (input.empty()) return;
  const unsigned how = load_u8(input, 0) % 6;
  const Bytes content = input.subspan(1);
  if (how >= 4) {  // a device's own: DER, or the private number
    format::SealedKeys keys;
    const bool taken =
        how == 4 ? keys.add_rsa(content)
                 : content.size() >= 32 && keys.add_ecies(crypto::Secret<32>(content.first(32)));
    check(keys.any() == taken, "a device has the keys that it took");
    return;
  }
  std::ofstream(temporary_file(), std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
  try {
    read_as(how, temporary_file());
  } catch (const host::Trouble& trouble) {
    check(*trouble.what() != '\0', "a refusal has a sentence");
  }
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
