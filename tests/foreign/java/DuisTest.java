// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** DUIS messages from Java: from a request's octets to a response's, and what is refused. */
public final class DuisTest {
  private static final Map<String, Object> OPTIONS =
      Json.object(World.read(World.ROOT.resolve("duis.json")));

  private final Instant now = Instant.ofEpochMilli(System.currentTimeMillis());

  public static void main(String[] args) throws Exception {
    Tests.run(DuisTest.class);
  }

  private static byte[] octetsOf(String name) throws IOException {
    return Files.readAllBytes(World.ROOT.resolve(name));
  }

  private Duis.Message read(Duis duis, byte[] octets) {
    return duis.read(octets, "serviceD", now, now.plusSeconds(2));
  }

  public void testFromOctetsToOctets() throws Exception {
    try (Duis duis = new Duis(OPTIONS); Plugins plugins = Plugins.inProcess(World.OPTIONS)) {
      Duis.Message said = read(duis, octetsOf("request.xml"));
      Tests.equal(said.kind(), "request");
      Tests.equal(said.deviceId(), World.HUB);
      Tests.equal(said.requestId(), "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:17");
      Answer answer = plugins.decide(said.request().with(Facts.NONE
          .withUser(new Facts.User("SNA", "Active", 2))
          .withDevice(World.HUB, new Facts.Device("CHF", "Commissioned", 7)))).join();
      Tests.equal(answer.code(), "E5");
      Duis.Message again = read(duis, duis.write(said.reply(), answer.code(), now));
      Tests.equal(again.kind(), "response");
      Tests.equal(again.code(), "E5");
      Tests.equal(again.reply(), said.reply());
      Tests.equal(again.signer(), duis.reload().signer());
    }
  }

  public void testWhatIsWrong() throws Exception {
    Duis duis = new Duis(OPTIONS);
    Tests.equal(read(duis, octetsOf("altered.xml")).kind(), "signature");
    Tests.equal(read(duis, "no XML".getBytes(StandardCharsets.UTF_8)).kind(), "not_valid");
    Duis.Reply reply = read(duis, octetsOf("request.xml")).reply();
    Tests.refused(() -> duis.read(new byte[0], null, Instant.ofEpochMilli(-1), now),
        DccException.INVALID, "received_at: -1: ");
    Tests.refused(() -> duis.write(reply, "perhaps", now),
        DccException.INVALID, "not be a valid response");
    for (String name : List.of("control_broker", "certificates")) {
      Map<String, Object> options = new HashMap<>(OPTIONS);
      options.put(name, "/nowhere");
      Tests.refused(() -> new Duis(options), DccException.INVALID, "/nowhere");
    }
    duis.close();
    Tests.refused(() -> read(duis, new byte[0]), DccException.INVALID, "the handle was freed");
  }

  public void testAnAnswerTakesAsMuchRoomAsItNeeds() throws Exception {
    List<Path> broken = new ArrayList<>();
    for (int i = 0; i < 100; ++i) {
      Path file = Path.of((String) OPTIONS.get("certificates"), "x".repeat(200) + i + ".pem");
      Files.setPosixFilePermissions(
          Files.writeString(file, ""), PosixFilePermissions.fromString("rw-r--r--"));
      broken.add(file);
    }
    try (Duis duis = new Duis(OPTIONS)) {
      Tests.equal(duis.reload().problems().size(), broken.size());
    }
    for (Path file : broken) Files.delete(file);
  }
}
