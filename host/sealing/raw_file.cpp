#include "host/sealing/raw_file.hpp"

#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::host {

std::vector<std::byte> encrypt_raw(Bytes content, const link::LinkCipher& cipher) {
  link::MemorySource source(content);
  link::RawSender sender(source, &cipher);
  std::vector<std::byte> out(align_up(content.size(), crypto::kAesBlock));
  std::size_t filled = 0;
  while (filled < out.size()) filled += sender.write_to(MutableBytes(out).subspan(filled));
  return out;
}

std::vector<std::byte> decrypt_raw(Bytes file, const link::LinkCipher& cipher) {
  link::LinkDecryptor decryptor(cipher);
  std::vector<std::byte> content;
  while (true) {
    const Bytes plain = decryptor.next(file);
    if (plain.empty()) return content;
    content.insert(content.end(), plain.begin(), plain.end());
  }
}

}  // namespace updraft::host
