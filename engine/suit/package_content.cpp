#include "engine/suit/package_content.hpp"

namespace updraft::suit {

Result<> check_payloads(Bytes package, const Members& members) {
  Payloads payloads(package, members);
  UPDRAFT_TRY(payloads.end());
  while (payloads.more()) UPDRAFT_TRY(payloads.next());
  return {};
}

Result<Bytes> find_payload(Bytes package, const Members& members, std::string_view name) {
  Payloads payloads(package, members);
  while (payloads.more()) {
    const auto payload = payloads.next();
    if (!payload) return payload.error();
    if (payload->name == name) return payload->content;
  }
  return fail(Code::payload_missing, Where::gate);
}

Result<> check_transfer(const Component& component, Bytes transfer, Bytes index) {
  if (!component.fetch) return {};
  const ChunkIndex& chunks = component.fetch->index;
  if (index.size() != chunks.bytes()) {
    return fail(Code::index_mismatch, Where::gate, index.size(), chunks.bytes());
  }
  for (std::size_t page = 0; page < chunks.pages(); ++page) {
    UPDRAFT_TRY(chunks.check_page(page, index.subspan(page * kPageBytes, chunks.page_bytes(page))));
  }
  if (transfer.size() != chunks.transfer()) {
    return fail(Code::size_mismatch, Where::gate, transfer.size(), chunks.transfer());
  }
  for (std::size_t chunk = 0; chunk < chunks.chunks(); ++chunk) {
    const std::size_t page = chunk / kLeavesOnPage;
    UPDRAFT_TRY(chunks.check_chunk(chunk,
                                   transfer.subspan(chunk * kChunkBytes, chunks.chunk_bytes(chunk)),
                                   index.subspan(page * kPageBytes, chunks.page_bytes(page))));
  }
  return {};
}

Result<> check_image(const Component& component, Bytes image) {
  if (image.size() < component.size) {
    return fail(Code::size_mismatch, Where::image, image.size(), component.size);
  }
  if (image.size() > component.size) {
    return fail(Code::too_big, Where::image, image.size(), component.size);
  }
  if (!std::ranges::equal(crypto::sha256(image), component.digest)) {
    return fail(Code::image_mismatch, Where::image);
  }
  return {};
}

}  // namespace updraft::suit
