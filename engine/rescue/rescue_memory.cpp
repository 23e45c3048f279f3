#include "engine/rescue/rescue_memory.hpp"

namespace updraft {

std::optional<RescueRequest> RescueMemory::request() {
  RequestRecord record;
  if (!flash_.read(kFlashSector, record)) return std::nullopt;
  return parse_request(record);
}

Result<> RescueMemory::leave(const RescueRequest& request) {
  UPDRAFT_TRY(flash_.erase(kFlashSector, kFlashSector));
  UPDRAFT_TRY(flash_.program(kFlashSector, make_request(request)));
  return this->request() == request ? Result<>{} : fail(Code::flash, Where::journal);
}

Result<> RescueMemory::drop() {
  if (!request()) return {};
  constexpr std::array<std::byte, 4> kNoMagic{};  // no erase: the next request brings its own
  return flash_.program(kFlashSector, kNoMagic);
}

}  // namespace updraft
