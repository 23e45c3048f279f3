#include "cli/trial/trial_ws.hpp"

#include "host/push/ws_trial.hpp"

namespace updraft::cli {

std::unique_ptr<host::TrialMethod> WsTrialDoor::method(const host::Url& url) {
  auto trial = std::make_unique<host::WsTrial>();
  trial->trust = tls_.read(url);
  trial->password = [this, target = url.text()] {
    return read_password(password_.given(), Ask::yes, target);
  };
  return trial;
}

}  // namespace updraft::cli
