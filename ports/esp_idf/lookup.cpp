#include "ports/esp_idf/lookup.hpp"

#include "lwip/dns.h"
#include "lwip/tcpip.h"

namespace updraft::esp_idf {

void Lookup::start(const std::array<char, kMaxHost + 1>& host) {
  host_ = host;
  state_ = State::looking;
  if (tcpip_try_callback(&ask, this) != ERR_OK) state_ = State::failed;
}

std::uint32_t Lookup::take() {
  state_ = State::idle;
  return address_;
}

void Lookup::ask(void* self) {
  auto& mine = *static_cast<Lookup*>(self);
  ip_addr_t address{};
  const err_t err = dns_gethostbyname_addrtype(mine.host_.data(), &address, &answer, self,
                                               LWIP_DNS_ADDRTYPE_IPV4);
  if (err != ERR_INPROGRESS) mine.end(err == ERR_OK ? &address : nullptr);
}

void Lookup::answer(const char*, const ip_addr_t* address, void* self) {
  static_cast<Lookup*>(self)->end(address);
}

void Lookup::end(const ip_addr_t* address) {
  if (address != nullptr) address_ = ip_2_ip4(address)->addr;
  state_ = address != nullptr ? State::found : State::failed;
}

}  // namespace updraft::esp_idf
