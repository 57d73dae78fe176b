// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** The Java binding: lookups, bad input, and what happens after the end; each both ways. */
public abstract class BindingTest {
  public static void main(String[] args) throws Exception {
    Tests.run(InProcess.class, Apart.class);
  }

  /** A test of both ways. */
  interface Test {
    void run(Plugins plugins) throws Exception;
  }

  abstract Plugins open(Path options) throws IOException;

  private void with(Test test) throws Exception {
    try (Plugins plugins = open(World.OPTIONS)) {
      test.run(plugins);
    }
  }

  private static CompletableFuture<Facts> known(List<Question> questions) {
    Facts found = Facts.NONE;
    for (Question question : questions) {
      if (question instanceof Question.OfUser) found = found.withUser(World.KNOWN.user());
      if (question instanceof Question.OfDevice of) {
        found = found.withDevice(of.device(), World.KNOWN.devices().get(of.device()));
      }
      if (question instanceof Question.OfActs) found = found.withActs(World.KNOWN.acts().get(0));
    }
    return CompletableFuture.completedFuture(found);
  }

  public void testLookupsAreAwaitedSideBySide() throws Exception {
    with(plugins -> {
      int many = 20;
      AtomicInteger here = new AtomicInteger();
      CompletableFuture<Void> all = new CompletableFuture<>();
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 1; i <= many; ++i) {
        answers.add(plugins.decide(World.bare(i), questions -> {
          Tests.equal(questions.size(), 3);
          // So nobody is answered before all have asked.
          if (here.incrementAndGet() == many) all.complete(null);
          return all.thenCompose(nothing -> known(questions));
        }));
      }
      for (CompletableFuture<Answer> answer : answers) {
        Tests.equal(answer.join().code(), "I99");
        Tests.equal(answer.join().read(), World.KNOWN);
      }
    });
  }

  public void testWhatIsFoundBitByBitAddsUp() throws Exception {
    with(plugins -> Tests.equal(
        plugins.decide(World.bare(1), questions -> known(questions.subList(0, 1))).join().code(),
        "I99"));
  }

  public void testLookupsThatDoNotHelp() throws Exception {
    with(plugins -> {
      Tests.equal(plugins.decide(World.bare(1)).join().outcome(), Answer.Outcome.ASKS);
      Answer answer = plugins.decide(
          World.bare(1), questions -> CompletableFuture.completedFuture(Facts.NONE)).join();
      Tests.equal(answer.outcome(), Answer.Outcome.FAILED);
      Tests.contains(answer.reason(), "has not answered OfUser");
      answer = plugins.decide(World.bare(1), questions ->
          CompletableFuture.completedFuture(Facts.NONE.withUnavailable("no database"))).join();
      Tests.equal(answer.outcome(), Answer.Outcome.UNAVAILABLE);
      Tests.equal(answer.code(), null);
      RuntimeException thrown = new RuntimeException("no such table");
      Tests.equal(Tests.failure(() -> plugins.decide(World.bare(1), questions -> {
        throw thrown;
      })), thrown);
    });
  }

  public void testErrorsNameMemberAndValue() throws Exception {
    with(plugins -> {
      Request good = World.good(1);
      Tests.refused(() -> plugins.decide(new Request(
          good.srv(), good.serviceReference(), -1, null, good.id(), good.bodyElement(),
          good.items(), null, good.receivedAt(), good.deadline(), good.known())),
          DccException.INVALID, "command_variant: -1: expected");
      Tests.refused(() -> plugins.decide(good.with(
          World.KNOWN.withUser(new Facts.User("SNA", "Active", 1L << 53)))),
          DccException.INVALID, "user.revision: 9007199254740992");
      Tests.refused(() -> plugins.decide(good.with(
          World.KNOWN.withUser(new Facts.User("S\nA", "Active", 1)))),
          DccException.INVALID, "user.role: \"S");
      Tests.refused(() -> plugins.decideText("[".repeat(1000).getBytes(StandardCharsets.UTF_8)),
          DccException.INVALID, "too deep");
      // A sign is a bit.
      Tests.equal(plugins.decide(World.good(-1)).join().code(), "I99");
      Tests.equal(Eui64.text(-1), "FF-FF-FF-FF-FF-FF-FF-FF");
    });
  }

  public void testALineEndIsASpace() throws Exception {
    with(plugins -> {
      String text = World.bare(1).text().replace(",\"", ",\n\"");
      Tests.equal(
          plugins.decideText(text.getBytes(StandardCharsets.UTF_8)).join().outcome(),
          Answer.Outcome.ASKS);
      byte[] wrong = text.replace("serviceD", "service\nD").getBytes(StandardCharsets.UTF_8);
      Tests.refused(() -> plugins.decideText(wrong), DccException.INVALID, "not JSON");
    });
  }

  public void testStateLogAndReload() throws Exception {
    with(plugins -> {
      Tests.equal(
          plugins.state().join().plugins().stream().map(State.Plugin::live).toList(),
          List.of(true, true));
      Tests.equal(plugins.reload(true).join().handlers().size(), 3);
      Tests.equal(
          plugins.log().join().stream().anyMatch(line -> line.source().equals("plugins")), true);
    });
  }

  public void testCloseAnswersOrRefusesEachDecision() throws Exception {
    with(plugins -> {
      int many = 4;
      CountDownLatch started = new CountDownLatch(many);
      ConcurrentLinkedQueue<DccException> ends = new ConcurrentLinkedQueue<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < many; ++i) {
        threads.add(new Thread(() -> ends.add(Tests.refused(() -> {
          started.countDown();
          while (true) Tests.equal(plugins.decide(World.good(1)).join().code(), "I99");
        }, DccException.INVALID, "ed"))));
        threads.get(i).start();
      }
      started.await();
      plugins.close();
      for (Thread thread : threads) thread.join();
      Tests.equal(ends.size(), many);
      plugins.close();
      Tests.refused(() -> plugins.decide(World.good(1)), DccException.INVALID, "ed");
      Tests.refused(plugins::state, DccException.INVALID, "ed");
      Tests.refused(() -> plugins.reload(false), DccException.INVALID, "ed");
      Tests.refused(plugins::log, DccException.INVALID, "ed");
    });
  }

  public void testWrongOptionsAreNamed() {
    Tests.contains(
        Tests.failure(() -> open(World.options("plugins", "/nowhere"))).getMessage(), "/nowhere");
    Tests.contains(
        Tests.failure(() -> open(World.options("pluginDirectory", "/p"))).getMessage(),
        "pluginDirectory");
  }

  public void testFilesThatChangeAreLoadedByThemselves() throws Exception {
    with(plugins -> {
      Path settings = World.ROOT.resolve("settings/ch-returns.ini");
      String before = World.read(settings);
      World.replace(settings, before.replace("SNA = Pending", "SNA = none"));
      becomes(plugins, "E2");
      World.replace(settings, before);
      becomes(plugins, "I99");
    });
  }

  // Until it has been seen, or the test is timed out.
  private static void becomes(Plugins plugins, String code) {
    while (!plugins.decide(World.good(1)).join().code().equals(code)) Thread.onSpinWait();
  }

  public static final class InProcess extends BindingTest {
    @Override
    Plugins open(Path options) throws IOException {
      return Plugins.inProcess(options);
    }
  }

  public static final class Apart extends BindingTest {
    @Override
    Plugins open(Path options) throws IOException {
      return Plugins.processApart(options);
    }
  }
}
