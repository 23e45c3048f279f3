// Where the next request of a device goes: to its URL, to a file that stands beside that, or to
// where the server has led it.
//
//   route.go_to(PackageFile::index, "demo-1.3.0.ix")   beside the URL, in its folder
//   route.follow(location)                              a redirect; it holds for this file
//   route.go_to(PackageFile::package)                   back to the URL
//
// Redirects lead to any server, from https to https only, three times for each file.
#pragma once
#include "engine/update/package_parts.hpp"
#include "protocols/pull/web_url.hpp"

namespace updraft::link {

inline constexpr unsigned kRedirects = 3;

class WebRoute {
 public:
  explicit WebRoute(std::string_view url) : url_(url), sound_(place_.set(url)) {}  // outlives it

  bool is_sound() const { return sound_; }  // the URL is one
  // `name`: of a file beside the URL; the package itself has none. Error: protocol: the URL with
  // that name is longer than kWebUrlBytes.
  Result<> go_to(PackageFile file, std::string_view name = {});
  bool leads_to(PackageFile file) const { return file == file_; }
  // `status` of the answer that has led there. Errors: http_status (web_redirects: in circles;
  // web_insecure: from https to http), protocol.
  Result<> follow(std::string_view location, unsigned status);

  WebUrl url() const { return place_.url(); }
  bool at_own_server() const;

 private:
  std::string_view url_;
  WebPlace place_;
  bool sound_;
  PackageFile file_ = PackageFile::package;
  unsigned redirects_ = 0;
};

}  // namespace updraft::link
