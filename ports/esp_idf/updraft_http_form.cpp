#include "updraft_http_form.h"

#include <atomic>

#include "esp_log.h"
#include "esp_mac.h"
#include "esp_system.h"
#include "ports/esp_idf/http_exchange.hpp"
#include "ports/esp_idf/http_handlers.hpp"
#include "ports/esp_idf/http_reply.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/struct_size.hpp"
#include "protocols/form/form_device.hpp"
#include "protocols/form/form_page.hpp"
#include "protocols/link/link_cipher.hpp"
#include "protocols/link/link_decryptor.hpp"

namespace updraft::esp_idf {
namespace {

// The server's task calls it for as long as the program runs.
class FormHandlers {
 public:
  FormHandlers(HttpHandlers& page, bool strict, const std::optional<link::LinkCipher>& cipher)
      : page_(page), strict_(strict) {
    if (cipher) decryptor_.emplace(*cipher);
  }

  esp_err_t open(bool& reachable) {
    const bool reserves = page_.service().context().config.reserve_memory;
    if (reserves && !memory_.reserve(sizeof(PageText))) return ESP_ERR_NO_MEM;
    const HttpRouteRow rows[] = {{"/", HTTP_GET, &on_page},
                                 {"/upload", HTTP_POST, &on_post},
                                 {"/factory", HTTP_POST, &on_post}};
    return add_routes(page_.server(), rows, this, reachable);
  }

 private:
  static FormHandlers& of(httpd_req_t* request) {
    return *static_cast<FormHandlers*>(request->user_ctx);
  }

  static esp_err_t on_page(httpd_req_t* request) {
    FormHandlers& mine = of(request);
    const link::HttpStatus verdict = mine.page_.judge(request);
    if (verdict != link::HttpStatus::ok) return send_refusal(request, verdict);
    if (!mine.text_.make()) return send_refusal(request, link::HttpStatus::unavailable);
    Status status;
    mine.fill(status);
    link::FormFacts facts{.free_ram = esp_get_free_heap_size()};
    std::array<std::byte, 6> mac;
    if (esp_read_mac(reinterpret_cast<std::uint8_t*>(mac.data()), ESP_MAC_WIFI_STA) == ESP_OK) {
      facts.mac = mac;
    }
    const esp_err_t sent =
        send_html(request, link::write_form_page(status, facts, *mine.text_),
                  {.policy = link::form_page_policy(), .referrer = link::kFormReferrer});
    mine.text_.give_back();
    return sent;
  }

  static esp_err_t on_post(httpd_req_t* request) {
    FormHandlers& mine = of(request);
    Service& service = mine.page_.service();
    Status status;
    mine.fill(status);
    mine.factory_ = status.factory;
    {
      const Held held(service.lock());
      mine.machine_.emplace(
          service.intake(), service.steering(),
          link::FormDevice::Config{.most = service.payload_bytes(),
                                   .login = mine.page_.login(),
                                   .decryptor = mine.decryptor_ ? &*mine.decryptor_ : nullptr,
                                   .factory = mine.factory_.view(),
                                   .strict = mine.strict_,
                                   .targets = service.targets()});
    }
    const esp_err_t err = mine.page_.run(request, *mine.machine_, link::HttpMark::origin);
    if (mine.machine_->restarts()) service.ask_to_restart();
    return err;
  }

  void fill(Status& status) {
    const Held held(page_.service().lock());
    page_.service().fill(status);
  }

  HttpHandlers& page_;
  bool strict_;
  std::optional<link::LinkDecryptor> decryptor_;
  Text<16> factory_;
  std::optional<link::FormDevice> machine_;  // of the request that is on its way, or was
  using PageText = std::array<char, link::kFormPageBytes>;
  HeapLender memory_;
  Borrowed<PageText> text_{memory_};  // while the page is made and sent
};

// The server's task calls it for as long as the program runs.
std::atomic<FormHandlers*> registered_form = nullptr;

esp_err_t open_form(HttpHandlers& page, const updraft_http_form_t& form) {
  esp_err_t err = check_struct(form, "start from updraft_http_form_default()");
  if (err != ESP_OK) return err;
  std::optional<link::LinkCipher> cipher;
  if (form.aes != UPDRAFT_AES_NONE) {
    const auto text = [](const char* value) { return value != nullptr ? value : ""; };
    const bool cbc = form.aes == UPDRAFT_AES_256_CBC;
    const Result<link::LinkCipher> made = link::link_cipher(
        cbc ? crypto::AesMode::cbc : crypto::AesMode::ecb, text(form.key), text(form.iv));
    if (!made) {
      ESP_LOGE(kLogTag, "the form: key or iv does not have the length that the mode asks for");
      return ESP_ERR_INVALID_ARG;
    }
    cipher = *made;
  }
  auto mine = make_owned<FormHandlers>(page, form.strict, cipher);
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  bool reachable = false;
  err = mine->open(reachable);
  if (err == ESP_OK) {
    page.service().say_way(
        {.scheme = kForm, .place = "POST /upload", .has_password = page.login() != nullptr});
  }
  if (reachable) registered_form = mine.release();
  return err;
}

}  // namespace
}  // namespace updraft::esp_idf

extern "C" {

void updraft_http_form_init(updraft_http_form_t* out, size_t struct_size) {
  updraft::esp_idf::init_struct(out, struct_size, updraft_http_form_t{});
}

esp_err_t updraft_http_form_register(const updraft_http_form_t* form) {
  static updraft::esp_idf::Once once;
  updraft::esp_idf::HttpHandlers* const page = updraft::esp_idf::registered_page();
  const bool there = updraft::esp_idf::registered_form != nullptr;
  if (page == nullptr || there || !once.take()) return ESP_ERR_INVALID_STATE;
  const esp_err_t err =
      updraft::esp_idf::open_form(*page, form != nullptr ? *form : updraft_http_form_default());
  if (err != ESP_OK) once.give_back();
  return err;
}

}  // extern "C"
