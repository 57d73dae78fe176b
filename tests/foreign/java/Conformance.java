// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.IOException;
import java.util.Map;

/** The golden messages through the Java binding, both ways. */
public final class Conformance {
  public static void main(String[] args) throws Exception {
    Tests.run(Conformance.class);
  }

  public void testInProcess() throws IOException {
    runWith(Plugins.inProcess(World.OPTIONS));
  }

  public void testProcessApart() throws IOException {
    runWith(Plugins.processApart(World.OPTIONS));
  }

  private void runWith(Plugins opened) {
    try (Plugins plugins = opened) {
      Tests.equal(World.GOLDEN.size() > 60, true);
      for (Map<String, Object> item : World.GOLDEN) {
        try {
          check(plugins, item);
        } catch (Throwable e) {
          throw new AssertionError((String) item.get("name"), e);
        }
      }
    }
  }

  private void check(Plugins plugins, Map<String, Object> item) {
    if (item.containsKey("error")) {
      Map<String, Object> error = Json.object(item.get("error"));
      int status = ((Long) error.get("status")).intValue();
      for (Object name : Json.list(error.get("names"))) {
        Tests.refused(() -> plugins.decideText(World.octetsOf(item)), status, (String) name);
      }
      return;
    }
    Answer said = plugins.decideText(World.octetsOf(item)).join();
    for (String text : new String[] {said.version(), said.build(), said.settings()}) {
      Tests.equal(text != null && !text.isEmpty(), said.plugin() != null);
    }
    Answer rest = new Answer(
        said.outcome(), said.code(), said.reason(), said.questions(), said.plugin(), null, null,
        null, said.read());
    Tests.equal(rest, Answer.of(Json.object(item.get("answer"))));
  }
}
