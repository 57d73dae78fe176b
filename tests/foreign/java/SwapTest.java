// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

/** Eight threads decide while the settings are swapped forty times; each way. */
public final class SwapTest {
  private static final int THREADS = 8;
  private static final int SWAPS = 40;

  public static void main(String[] args) throws Exception {
    Tests.run(SwapTest.class);
  }

  public void testInProcess() throws Exception {
    swap(Plugins.inProcess(World.options("watch", false)));
  }

  public void testProcessApart() throws Exception {
    swap(Plugins.processApart(World.options("watch", false)));
  }

  /** What each version of the settings has answered, and how often. */
  private static Map<String, Integer> decideUntil(AtomicBoolean end, Plugins plugins) {
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 1; !end.get(); ++i) {
      Answer answer = plugins.decide(World.good(i)).join();
      seen.merge(answer.settings() + " " + answer.code(), 1, Integer::sum);
    }
    return seen;
  }

  private void swap(Plugins opened) throws Exception {
    Path settings = World.ROOT.resolve("settings/ch-returns.ini");
    String yes = World.read(settings);
    String no = yes.replace("SNA = Pending", "SNA = none");
    AtomicBoolean end = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<CompletableFuture<Map<String, Integer>>> deciding = new ArrayList<>();
    Map<String, Integer> expected = new HashMap<>();
    try (Plugins plugins = opened) {
      for (int i = 0; i < THREADS; ++i) {
        deciding.add(CompletableFuture.supplyAsync(() -> decideUntil(end, plugins), threads));
      }
      for (int i = 1; i <= SWAPS; ++i) {
        boolean says = i % 2 == 0;
        World.replace(settings, says ? yes : no);
        String live = plugins.reload(false).join().handlers().stream()
            .filter(handler -> handler.srv().equals("8.14.3")).findFirst().orElseThrow().settings();
        expected.put(live + (says ? " I99" : " E2"), 0);
        // What is decided from now on is decided by these.
        Tests.equal(plugins.decide(World.good(i)).join().code(), says ? "I99" : "E2");
      }
      end.set(true);
      Map<String, Integer> seen = new HashMap<>();
      for (CompletableFuture<Map<String, Integer>> one : deciding) {
        one.join().forEach((what, times) -> seen.merge(what, times, Integer::sum));
      }
      Tests.equal(seen.keySet(), expected.keySet());
      System.out.println(SWAPS + " swaps, " + seen);
    } finally {
      end.set(true);
      threads.shutdown();
      World.replace(settings, yes);
    }
  }
}
