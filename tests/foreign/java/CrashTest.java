// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The process apart, when a plugin in it crashes or hangs; and the example. */
public final class CrashTest {
  private static final int SHORT_MS = 500; // past the deadline: every deadline here is long past
  private static final long ONE = World.AGENT + 1;
  private static final long TWO = World.AGENT + 2;
  private static final long THREE = World.AGENT + 3;

  public static void main(String[] args) throws Exception {
    Tests.run(CrashTest.class);
  }

  private static List<Request> good(int count) {
    List<Request> all = new ArrayList<>();
    for (int i = 1; i <= count; ++i) all.add(World.good(i));
    return all;
  }

  private static List<Answer.Outcome> outcomes(Plugins plugins, List<Request> requests) {
    List<CompletableFuture<Answer>> answers = requests.stream().map(plugins::decide).toList();
    return answers.stream().map(answer -> answer.join().outcome()).toList();
  }

  private static List<Answer.Outcome> answered(int count) {
    return new ArrayList<>(Collections.nCopies(count, Answer.Outcome.ANSWERED));
  }

  private static ProcessHandle child(Plugins plugins) {
    plugins.state().join(); // so it is there again
    List<ProcessHandle> children = ProcessHandle.current().children().toList();
    Tests.equal(children.size(), 1);
    return children.get(0);
  }

  public void testTheOneThatCrashesFails() throws IOException {
    theOneThatKillsFails("crash");
  }

  public void testTheOneThatHangsFails() throws IOException {
    theOneThatKillsFails("hang");
  }

  private void theOneThatKillsFails(String how) throws IOException {
    try (Plugins plugins = World.apart(World.OPTIONS, SHORT_MS)) {
      List<Request> requests = good(30);
      requests.set(10, World.tariff(how, ONE, 1));
      List<Answer.Outcome> expected = answered(30);
      expected.set(10, Answer.Outcome.FAILED);
      Tests.equal(outcomes(plugins, requests), expected);
    }
  }

  public void testAChildThatIsKilledCostsNobodyAnAnswer() throws IOException {
    try (Plugins plugins = World.apart(World.OPTIONS, SHORT_MS)) {
      for (int i = 0; i < 3; ++i) {
        child(plugins).destroyForcibly();
        Tests.equal(outcomes(plugins, good(10)), answered(10));
      }
    }
  }

  public void testOneOriginatorCannotTakeAnSrvFromTheOthers() throws IOException {
    try (Plugins plugins = World.apart(World.OPTIONS, SHORT_MS)) {
      for (int counter = 1; counter <= 3; ++counter) {
        Tests.contains(
            plugins.decide(World.tariff("crash", ONE, counter)).join().reason(), "signal 6, twice");
      }
      ProcessHandle child = child(plugins);
      Answer answer = plugins.decide(World.tariff("crash", ONE, 4)).join();
      Tests.equal(answer.outcome(), Answer.Outcome.FAILED);
      Tests.contains(answer.reason(), "3 requests of 90-B3-D5-1F-30-01-00-01");
      Tests.equal(child(plugins), child); // it was not tried
      Tests.equal(plugins.decide(World.tariff("I99", TWO, 1)).join().code(), "I99");
    }
  }

  public void testAPluginIsGivenUpAfterThreeOriginatorsUntilAReload() throws IOException {
    try (Plugins plugins = World.apart(World.OPTIONS, SHORT_MS)) {
      for (long originator : new long[] {ONE, TWO, THREE}) {
        Tests.equal(plugins.decide(World.tariff("I99", World.AGENT, 1)).join().code(), "I99");
        Tests.equal(
            plugins.decide(World.tariff("crash", originator, 1)).join().outcome(),
            Answer.Outcome.FAILED);
      }
      ProcessHandle child = child(plugins);
      Answer answer = plugins.decide(World.tariff("I99", World.AGENT, 1)).join();
      Tests.equal(answer.outcome(), Answer.Outcome.UNAVAILABLE);
      Tests.contains(answer.reason(), "8.14.2 is given up until a reload");
      Tests.equal(plugins.decide(World.good(1)).join().code(), "I99"); // another SRV
      Tests.equal(child(plugins), child);
      plugins.reload(false).join();
      Tests.equal(plugins.decide(World.tariff("I99", World.AGENT, 1)).join().code(), "I99");
    }
  }

  public void testWhileItDoesNotStartEverythingIsUnavailable() throws IOException {
    Path probe = World.ROOT.resolve("probe");
    Files.copy(Path.of((String) Json.object(World.read(World.OPTIONS)).get("probe")), probe);
    try (Plugins plugins = World.apart(World.options("probe", probe.toString()), SHORT_MS)) {
      ProcessHandle child = child(plugins);
      Files.delete(probe);
      child.destroyForcibly();
      Answer answer = plugins.decide(World.good(1)).join();
      Tests.equal(answer.outcome(), Answer.Outcome.UNAVAILABLE);
      Tests.contains(answer.reason(), probe.toString());
    }
  }

  public void testFromZeroToE5() throws IOException {
    for (List<String> more : List.of(List.<String>of(), List.of("--apart"))) {
      List<String> command = new ArrayList<>(List.of(
          ProcessHandle.current().info().command().orElseThrow(),
          "-cp", System.getProperty("java.class.path"), "E5", World.OPTIONS.toString()));
      command.addAll(more);
      Process process = new ProcessBuilder(command)
          .redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (InputStream out = process.getInputStream()) {
        Tests.equal(
            new String(out.readAllBytes(), StandardCharsets.UTF_8),
            "ANSWERED E5 SNA: hub 00-DB-12-34-56-78-90-01 is Commissioned; allowed: Pending\n");
      }
    }
  }
}
