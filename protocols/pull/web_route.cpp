#include "protocols/pull/web_route.hpp"

namespace updraft::link {

Result<> WebRoute::go_to(PackageFile file, std::string_view name) {
  (void)place_.set(url_);
  redirects_ = 0;
  file_ = file;
  return name.empty() ? Result<>{} : place_.follow(name);
}

Result<> WebRoute::follow(std::string_view location, unsigned status) {
  const auto wrong = [status](Reason reason) {
    return fail(Code::http_status, Where::link, status, 200, reason);
  };
  const bool secure = place_.url().tls;
  if (++redirects_ > kRedirects) return wrong(Reason::web_redirects);
  UPDRAFT_TRY(place_.follow(location));
  return secure && !place_.url().tls ? wrong(Reason::web_insecure) : Result<>{};
}

bool WebRoute::at_own_server() const {
  const std::optional<WebUrl> own = parse_web_url(url_);
  return own && is_same_server(*own, place_.url());
}

}  // namespace updraft::link
