#include "virtual_device/req_door.hpp"

#include "protocols/req/req_client.hpp"
#include "virtual_device/puller.hpp"
#include "virtual_device/receiver.hpp"

namespace updraft::device {

std::unique_ptr<linux_port::Connection> ReqDoor::fetch(const DoorContext& context) {
  return std::make_unique<Receiver<link::ReqClient>>(
      context, kReq, link::ReqClient::Config{.slot_size = context.most_bytes});
}

std::unique_ptr<Pulling> ReqDoor::pull(const DoorContext& context) {
  return std::make_unique<Puller>(context, *this);
}

}  // namespace updraft::device
