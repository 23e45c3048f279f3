// Which release of the library this is, for the preprocessor and for people. What a number promises
// stands in CHANGELOG.md; a test holds these to project(VERSION) and to the manifests. C may
// include this, too.
#pragma once

#define UPDRAFT_VERSION_MAJOR 0
#define UPDRAFT_VERSION_MINOR 1
#define UPDRAFT_VERSION_PATCH 0
#define UPDRAFT_VERSION "0.1.0"

// To compare: #if UPDRAFT_VERSION_NUMBER >= UPDRAFT_MAKE_VERSION(0, 2, 0)
#define UPDRAFT_MAKE_VERSION(major, minor, patch) ((major) * 1000000L + (minor) * 1000L + (patch))
#define UPDRAFT_VERSION_NUMBER \
  UPDRAFT_MAKE_VERSION(UPDRAFT_VERSION_MAJOR, UPDRAFT_VERSION_MINOR, UPDRAFT_VERSION_PATCH)
