// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/** What one decision costs from Java, both ways; in turn. Needs tests/foreign/java. */
final class Bench {
  private static final int DECISIONS = 1000;

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Map<String, Plugins> ways = new LinkedHashMap<>();
    ways.put("in the process", Plugins.inProcess(World.OPTIONS));
    ways.put("in a process apart", Plugins.processApart(World.OPTIONS));
    Map<String, LongStream.Builder> times = new LinkedHashMap<>();
    for (int round = 0; round < rounds; ++round) {
      for (Map.Entry<String, Plugins> way : ways.entrySet()) {
        long begin = System.nanoTime();
        for (int i = 1; i <= DECISIONS; ++i) {
          Tests.equal(way.getValue().decide(World.good(i)).join().code(), "I99");
        }
        times.computeIfAbsent(way.getKey(), key -> LongStream.builder())
            .add(System.nanoTime() - begin);
      }
    }
    times.forEach((way, all) -> {
      long[] sorted = all.build().sorted().toArray();
      System.out.printf("| Java, %s | %.1f |%n", way, sorted[rounds / 2] / 1e3 / DECISIONS);
    });
    ways.values().forEach(Plugins::close);
  }
}
