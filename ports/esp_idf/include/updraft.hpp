// updraft.h for C++: the callbacks are members of the product's class, those that it has.
//
//   class Thermostat {
//    public:
//     bool may_install(const char* scheme, std::uint64_t total);   // now?
//     bool is_healthy();                                           // true confirms the new image
//     void on_event(const updraft_event_t& event);
//     updraft::FileTransaction& files();                           // those of bundles
//     bool may_write(const char* label);                           // data partitions,
//     bool on_unmount(const char* label);                          // updraft_files.h
//     void on_mount(const char* label, bool complete);
//     std::size_t on_replacing(const char* label, std::size_t at, void* room, std::size_t size);
//     bool on_replaced(const char* label, std::size_t at, const void* kept, std::size_t size);
//   } thermostat;
//
//   ESP_ERROR_CHECK(updraft::start(thermostat));
//
// The object lives as long as the program. updraft.h says which task calls.
#pragma once
#include <cstdint>

#include "updraft/file_transaction.hpp"

#include "updraft.h"

namespace updraft {

// As updraft_start(); the callbacks and the context of `config` are replaced.
template <class App>
esp_err_t start(App& app, updraft_config_t config = updraft_config_default()) {
  config.context = &app;
  if constexpr (requires(const char* scheme) { app.may_install(scheme, std::uint64_t{}); }) {
    config.may_install = [](const char* scheme, std::uint64_t total, void* context) -> bool {
      return static_cast<App*>(context)->may_install(scheme, total);
    };
  }
  if constexpr (requires { app.is_healthy(); }) {
    config.is_healthy = [](void* context) -> bool {
      return static_cast<App*>(context)->is_healthy();
    };
  }
  if constexpr (requires(const updraft_event_t& event) { app.on_event(event); }) {
    config.on_event = [](const updraft_event_t* event, void* context) {
      static_cast<App*>(context)->on_event(*event);
    };
  }
  if constexpr (requires(const char* label) { app.may_write(label); }) {
    config.may_write = [](const char* label, void* context) -> bool {
      return static_cast<App*>(context)->may_write(label);
    };
  }
  if constexpr (requires(const char* label) { app.on_unmount(label); }) {
    config.on_unmount = [](const char* label, void* context) -> bool {
      return static_cast<App*>(context)->on_unmount(label);
    };
  }
  if constexpr (requires(const char* label) { app.on_mount(label, true); }) {
    config.on_mount = [](const char* label, bool complete, void* context) {
      static_cast<App*>(context)->on_mount(label, complete);
    };
  }
  if constexpr (requires(const char* label, void* room) { app.on_replacing(label, 0, room, 0); }) {
    config.on_replacing = [](const char* label, std::size_t offset, void* room, std::size_t size,
                             void* context) -> std::size_t {
      return static_cast<App*>(context)->on_replacing(label, offset, room, size);
    };
  }
  if constexpr (requires(const char* label, void* kept) { app.on_replaced(label, 0, kept, 0); }) {
    config.on_replaced = [](const char* label, std::size_t offset, const void* kept,
                            std::size_t size, void* context) -> bool {
      return static_cast<App*>(context)->on_replaced(label, offset, kept, size);
    };
  }
  if constexpr (requires { app.files(); }) {
    FileTransaction& files = app.files();
    config.bundle_files = &files;
  }
  return updraft_start(&config);
}

}  // namespace updraft
