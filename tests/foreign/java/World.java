// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** The world that tests/foreign/in-a-world has made, and messages. */
final class World {
  static final Path ROOT = Path.of(System.getenv("DCC_WORLD"));
  static final Path OPTIONS = ROOT.resolve("options.json");
  static final List<Map<String, Object>> GOLDEN =
      Json.list(Json.read(read(Path.of(System.getenv("DCC_GOLDEN"))))).stream()
          .map(Json::object).toList();

  static final long AGENT = 0x90B3D51F30010000L;
  static final String HUB = "00-DB-12-34-56-78-90-01";
  static final Instant RECEIVED = Instant.ofEpochMilli(1767225601000L);
  static final Facts KNOWN = Facts.NONE
      .withUser(new Facts.User("SNA", "Active", 2))
      .withDevice(HUB, new Facts.Device("CHF", "Pending", 7))
      .withActs(new Facts.Acts(Eui64.text(AGENT), HUB, RECEIVED, true, 3));

  private World() {}

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void replace(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(next, text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The options, changed; a file for each thread that needs one. */
  static Path options(String name, Object value) throws IOException {
    Map<String, Object> options = Json.object(read(OPTIONS));
    options.put(name, value);
    return Files.writeString(Files.createTempFile(ROOT, "options", ".json"), Json.write(options));
  }

  static Plugins apart(Path options, int graceMs) throws IOException {
    return Plugins.processApart(options, "dcc-decide", Duration.ofMillis(graceMs));
  }

  static byte[] octetsOf(Map<String, Object> item) {
    if (item.containsKey("base64")) return Base64.getDecoder().decode((String) item.get("base64"));
    String text = item.containsKey("message") ? Json.write(item.get("message"))
        : item.containsKey("text") ? (String) item.get("text")
        : " ".repeat(((Long) item.get("spaces")).intValue());
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A good request, without facts. */
  static Request bare(long counter) {
    return request("8.14.3", "CHFFaultReturn", AGENT, counter);
  }

  /** Answered at once, whoever else is inside. */
  static Request good(long counter) {
    return bare(counter).with(KNOWN);
  }

  /** To the golden messages' plugin: what it shall answer; crash and hang, too. */
  static Request tariff(String code, long originator, long counter) {
    return request("8.14.2", "CHFInstallNoSuccessSMWAN", originator, counter)
        .with(KNOWN.withFact(
            new Facts.Fact("com.example.tariff", HUB, Map.of("code", code), 9)));
  }

  private static Request request(String srv, String body, long originator, long counter) {
    return new Request(
        srv, "8.14", 8, "serviceD", Request.Id.of(originator, 0x90B3D51F30000002L, counter), body,
        List.of(new Request.Item("DeviceID", HUB),
            new Request.Item("CHFFaultReturnType", "Fault identified prior to installation")),
        null, RECEIVED, RECEIVED.plusSeconds(2), Facts.NONE);
  }
}
