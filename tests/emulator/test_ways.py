"""Updates over each way in and of each kind of payload, on the emulated chip with the code that a product has."""
import functools
import gzip
import json
import shutil
import subprocess

from chip import PATIENCE
from harness import SOURCE, UPDRAFT, updraft
from story import CONFIRMED, NEW, OLD, Story
from ws_client import WebSocket

BUNDLE, WEB, REQ = 8266, 80, 8070
WS = "ws://{}/ota/ws"
RESTART = '{"name":"otaRestartEsp","value":"restart"}'
CURRENT = "it runs already; nothing was changed"
PRIVATE_KEY = SOURCE / "tests/golden/test_rsa_key.pem"
HMAC_KEY = bytes(range(32))
# The emulator has no HMAC unit, and no eFuse block for it: what the unit answers at the start is made by Mbed TLS.
HMAC_UNIT = """#include "esp_hmac.h"
#include "mbedtls/md.h"
static const unsigned char hmac_key[32] = {%s};
esp_err_t __wrap_esp_hmac_calculate(hmac_key_id_t block, const void* message, size_t size, uint8_t* hmac) {
  return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), hmac_key, 32, message, size, hmac) == 0 ? ESP_OK : ESP_FAIL;
}
static bool self_test""" % ", ".join(map(str, HMAC_KEY))
START = "  ESP_ERROR_CHECK(updraft_start(&config));"
WRAPPED = "idf_build_set_property(LINK_OPTIONS -Wl,--wrap=esp_hmac_calculate APPEND)\nproject("
PASSWORD = "change me: a long random one"  # of the example bundle


@functools.cache
def private_key_der():
    return subprocess.run(["openssl", "rsa", "-in", PRIVATE_KEY, "-outform", "DER"], check=True, capture_output=True).stdout


class Unpacked(Story):
    product = ("tcp_push", "CONFIG_UPDRAFT_TAKE_COMPRESSED=y\nCONFIG_UPDRAFT_TAKE_DELTA=y\n", (), "unpacks")

    def test_a_compressed_image_and_a_patch_back(self):
        old, new = self.release(OLD), self.release(NEW)
        packed, patch = self.dir / "packed.gz", self.dir / "patch"
        packed.write_bytes(gzip.compress(new.read_bytes()))
        updraft("delta", "make", new, old, "-o", patch)
        self.install(packed, NEW)
        self.chip.wait(CONFIRMED)
        self.push(patch)
        self.installed()
        self.restarts(OLD)
        self.kept(OLD)


class Encrypted(Story):
    product = ("everything",)

    def test_an_image_that_aes_hides(self):
        self.install(self.release(NEW), NEW, "--aes-key", "change me: 32 characters of key.", "--aes-mode", "cbc", "--aes-iv",
                     "16 characters IV")
        self.chip.wait(CONFIRMED)


class Page(Story):
    port = WEB

    def ready(self):
        self.chip.wait("updraft: ws:")


class WebPage(Page):
    @property
    def product(self):
        return ("web_page", "", (("main/rsa_key.der", private_key_der()),))

    def test_an_update_and_what_stays_of_it(self):
        self.install(self.release(NEW), NEW, "--restart", to=WS)
        self.kept(NEW)

    def test_an_image_that_was_encrypted_for_it(self):
        public, sealed = self.dir / "public.pem", self.dir / "sealed"
        subprocess.run(["openssl", "rsa", "-in", PRIVATE_KEY, "-pubout", "-out", public], check=True, capture_output=True)
        updraft("encrypt", self.release(NEW), "-o", sealed, "--rsa-key", public)
        self.install(sealed, NEW, "--restart", to=WS)
        self.kept(NEW)

    def test_a_cut_connection_goes_on(self):
        self.goes_on(lambda: self.chip.wait("aborted"))

    def test_a_cut_of_the_power_goes_on(self):
        def power_cut():
            self.chip.kill()
            self.power_on(OLD)
            self.ready()
        self.goes_on(power_cut)

    def goes_on(self, after_the_cut):
        image = self.release(NEW).read_bytes()
        self.ready()
        with WebSocket(self.chip.ports[WEB]) as client:
            client.push(image[:len(image) * 3 // 4], of=len(image))
        after_the_cut()
        with WebSocket(self.chip.ports[WEB]) as client:
            self.assertLess(self.sent(client, image), len(image) // 2)
            self.installed()
            client.send(RESTART)
            self.restarts(NEW)
        self.kept(NEW)

    @staticmethod
    def sent(client, image):
        """Sends what the device asks for; returns how many bytes that were."""
        chunk = client.start(len(image))
        at = sent = 0
        while True:
            client.send(image[at:at + chunk])
            sent += len(image[at:at + chunk])
            answer = json.loads(client.hear())
            if answer["name"] == "otaEnd":
                return sent
            at = answer["value"]


class KeyOfTheChip(Page):
    """A pre-encrypted image for a key that is made of what an eFuse block holds."""

    @property
    def product(self):
        cmake = (SOURCE / "examples/esp-idf/web_page/CMakeLists.txt").read_text().replace("project(", WRAPPED)
        return ("web_page", "", (("CMakeLists.txt", cmake.encode()),), "ecies",
                (("static bool self_test", HMAC_UNIT), (START, f"  config.seal_hmac_key = 0;\n{START}")))

    def test_an_image_that_was_encrypted_with_its_curve(self):
        key, sealed = self.dir / "key", self.dir / "sealed"
        key.write_bytes(HMAC_KEY)
        key.chmod(0o600)
        updraft("encrypt", self.release(NEW), "-o", sealed, "--ecies-key", key)
        self.install(sealed, NEW, "--restart", to=WS)
        self.kept(NEW)


class Bundle(Story):
    port = BUNDLE
    product = ("bundle",)

    def test_a_bundle_with_the_password(self):
        secret, out = self.dir / "secret", self.dir / "out"
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        out.mkdir()
        shutil.copy(self.release(NEW), out / "firmware.bin")
        self.install(out, NEW, "--password-file", secret, to="bundle://{}")
        self.kept(NEW)


class Pull(Story):
    product = ("pull", "CONFIG_UPDRAFT_PULL_EVERY=5\n")

    def test_a_device_that_fetches_comes_to_rest(self):
        serve = subprocess.Popen([UPDRAFT, "serve", self.release(NEW), "--req", str(REQ)], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.addCleanup(serve.wait, PATIENCE)
        self.addCleanup(serve.kill)
        self.installed()
        self.restarts(NEW)
        self.chip.wait(CONFIRMED)
        self.chip.wait(CURRENT)
        at_rest = self.flash.read_bytes()
        self.chip.wait(CURRENT)
        self.assertEqual(self.flash.read_bytes(), at_rest)
        self.assertEqual(self.boots(), NEW)
