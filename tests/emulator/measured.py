"""What Updraft adds to products on the emulated chip: flash by the linker's maps, RAM by the free heap once all is started, each
with and without it (docs/footprint.md).

tools/esp-idf measure [PRODUCT...]
"""
import pathlib
import re
import sys
import tempfile

from chip import Chip
from product import Product
from sizes import added, linked

FREE = "bytes of heap are free"
SAYS_FREE = f'  esp_rom_printf("%u {FREE}\\n", (unsigned)esp_get_free_heap_size());\n}}\n'
INCLUDES = "".join(f'#include "{name}"\n' for name in (
    "esp_event.h", "esp_http_server.h", "esp_netif.h", "esp_rom_sys.h", "esp_system.h", "nvs_flash.h", "protocol_examples_common.h"))
START = """void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
"""
SERVER = """  httpd_handle_t server = NULL;
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.stack_size = %d;
  config.max_uri_handlers = %d;
  ESP_ERROR_CHECK(httpd_start(&server, &config));
"""
# What an app has that speaks TLS itself, in both: it is linked, and never called.
TLS = """#include "esp_tls.h"
int speak_tls(const char* host) {
  esp_tls_cfg_t config = {.use_global_ca_store = true};
  esp_tls_t* tls = esp_tls_init();
  return tls == NULL ? -1 : esp_tls_conn_new_sync(host, 1, 443, &config, tls);
}
"""
TLS_CALL = '  if (esp_get_free_heap_size() == 0) esp_rom_printf("%d", speak_tls("updates.example.com"));\n'
ALL_THREE = "CONFIG_UPDRAFT_TAKE_COMPRESSED=y\nCONFIG_UPDRAFT_TAKE_DELTA=y\n"
NO_SENTENCES = "CONFIG_UPDRAFT_SENTENCES=n\n"
ONLY_LISTENS = NO_SENTENCES + "CONFIG_UPDRAFT_STREAM_AES=n\n"
# By name: example, lines of sdkconfig, what the base has besides the network, like the example, and code that both have.
PRODUCTS = {
    "tcp_push": ("tcp_push", "", ""),
    "tcp_push in an app with TLS": ("tcp_push", "", "", TLS),
    "tcp_push, without sentences and AES": ("tcp_push", ONLY_LISTENS, ""),
    "tcp_push with gzip and delta": ("tcp_push", ALL_THREE, ""),
    "web_page": ("web_page", "", SERVER % (10240, 8)),
    "web_page, without pre-encrypted images": ("web_page", "CONFIG_UPDRAFT_TAKE_SEALED=n\n", SERVER % (10240, 8)),
    "bundle": ("bundle", "", ""),
    "pull": ("pull", "", ""),
    "everything": ("everything", "", SERVER % (8192, 12)),
}


def free_heap(product, image, directory):
    chip = Chip(product.flash(image, directory / "flash.bin"))
    try:
        return int(re.search(r"(\d+) " + FREE, chip.wait(FREE)).group(1))
    finally:
        chip.kill()


def measure(name, example, settings, extra, common=""):
    product = Product(example, settings, (), "measured")
    results = []
    # The last brace of main.c is that of app_main().
    with_it = '#include "esp_rom_sys.h"\n#include "esp_system.h"\n' + common + product.main().rstrip().removesuffix("}")
    call = TLS_CALL if common else ""
    for main in (INCLUDES + common + START + extra + call + SAYS_FREE, with_it + call + SAYS_FREE):
        image = product.image_of(main, "1.0.0")
        with tempfile.TemporaryDirectory() as directory:
            heap = free_heap(product, image, pathlib.Path(directory))
        results.append((linked(product.build / f"{example}.map"), heap))
    (without, free_without), (with_it, free_with) = results
    rows = added(with_it, without)
    print(f"| {name} | {sum(row[0] for row in rows):,} | {next(row[0] for row in rows if row[2] == 'updraft'):,} | "
          f"{free_without - free_with:,} |")
    print("  " + ", ".join(f"{archive} {flash:,}" for flash, _, archive in rows if flash >= 1000), flush=True)


def main():
    print("| product | bytes of flash | of them libupdraft | bytes of RAM at rest |\n| --- | ---: | ---: | ---: |")
    for name in sys.argv[1:] or PRODUCTS:
        measure(name, *PRODUCTS[name])


if __name__ == "__main__":
    main()
