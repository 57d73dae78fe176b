// SPDX-License-Identifier: Apache-2.0
//
// From zero to E5: an agent returns a hub that is installed already. The argument is the options'
// file; with --apart the plugin runs in a process of its own.
import dcc.host.Answer;
import dcc.host.Eui64;
import dcc.host.Facts;
import dcc.host.Plugins;
import dcc.host.Question;
import dcc.host.Request;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class E5 {
  // What the adaptor's database knows; a real one answers later.
  static CompletableFuture<Facts> lookUp(List<Question> questions) {
    Facts found = Facts.NONE;
    for (Question question : questions) {
      if (question instanceof Question.OfUser) {
        found = found.withUser(new Facts.User("SNA", "Active", 2));
      } else if (question instanceof Question.OfDevice of) {
        found = found.withDevice(of.device(), new Facts.Device("CHF", "Commissioned", 7));
      } else if (question instanceof Question.OfActs of) {
        found = found.withActs(new Facts.Acts(of.agent(), of.device(), of.at(), true, 3));
      }
    }
    return CompletableFuture.completedFuture(found);
  }

  public static void main(String[] args) throws Exception {
    Request request = new Request(
        "8.14.3", "8.14", 8, "serviceD",
        Request.Id.of(0x90B3D51F30010000L, 0x90B3D51F30000002L, 17), "CHFFaultReturn",
        List.of(new Request.Item("DeviceID", Eui64.text(0x00DB123456789001L)),
            new Request.Item("CHFFaultReturnType", "Fault identified prior to installation")),
        null, Instant.parse("2026-01-01T00:00:01Z"), Instant.parse("2026-01-01T00:00:03Z"),
        Facts.NONE);
    Path options = Path.of(args[0]);
    try (Plugins plugins = args.length > 1 && args[1].equals("--apart")
        ? Plugins.processApart(options) : Plugins.inProcess(options)) {
      Answer answer = plugins.decide(request, E5::lookUp).join();
      System.out.println(answer.outcome() + " " + answer.code() + " " + answer.reason());
    }
  }
}
