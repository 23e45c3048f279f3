#include "host/desk/cannot_listen.hpp"

#include <cstring>

#include "host/desk/printable.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::host {

Trouble cannot_listen(const std::string& address, const std::string& port, const Error& why) {
  const bool unknown = why.found == linux_port::kUnknownName;
  if (unknown) {
    return {Trouble::Kind::usage,
            "--listen " + printable(address) + ": want an address of this computer"};
  }
  return {Trouble::Kind::failed, "cannot listen on " + address + " " + port + ": " +
                                     std::strerror(static_cast<int>(why.found))};
}

}  // namespace updraft::host
