// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Plugins of a DCC adaptor, in this process or in a process apart. What messages and answers mean
 * stands in dcc/host.h of the SDK. Safe from any thread. After close() every call fails with a
 * DccException.
 */
public abstract class Plugins implements AutoCloseable {
  private static final int MAX_ROUNDS = 8;

  /**
   * In this process. Loads what is in the directories, and whenever their files change, unless
   * `options`, a file with the options of dcch_new(), has "watch": false. A plugin that crashes
   * takes this process along.
   *
   * @throws DccException an option is wrong, and which
   */
  public static Plugins inProcess(Path options) throws IOException {
    return inProcess(options, "libdcc-host-c.so.1");
  }

  /** The same with the library at another place than where the system looks. */
  public static Plugins inProcess(Path options, String library) throws IOException {
    return new InProcess(options, library);
  }

  /** In a process apart, with the same face. */
  public static Plugins processApart(Path options) throws IOException {
    return processApart(options, "dcc-decide", Duration.ofSeconds(5));
  }

  /** `grace`: how long past its deadline a request that was not answered is one that hangs. */
  public static Plugins processApart(Path options, String program, Duration grace)
      throws IOException {
    return new ProcessApart(options, program, grace);
  }

  /**
   * Decides. `lookup` is asked the open questions, at most eight times. Fails with a DccException
   * if the request or what was found is wrong, which names the member and the value; or as the
   * lookup has failed.
   */
  public CompletableFuture<Answer> decide(Request request, Lookup lookup) {
    return decide(request, lookup, List.of(), MAX_ROUNDS);
  }

  /** One round: may be answered by ASKS. */
  public CompletableFuture<Answer> decide(Request request) {
    return decideText(request.text().getBytes(StandardCharsets.UTF_8));
  }

  private CompletableFuture<Answer> decide(
      Request request, Lookup lookup, List<Question> asked, int rounds) {
    return decide(request).thenCompose(answer -> {
      if (answer.outcome() != Answer.Outcome.ASKS) return CompletableFuture.completedFuture(answer);
      List<Question> questions = answer.questions();
      if (questions.equals(asked)) return failed("the lookup has not answered " + asked.get(0));
      if (rounds == 1) return failed("the plugin still asks after " + MAX_ROUNDS + " rounds");
      return lookup.find(questions).thenCompose(found ->
          decide(request.with(request.known().and(found)), lookup, questions, rounds - 1));
    });
  }

  private static CompletableFuture<Answer> failed(String reason) {
    return CompletableFuture.completedFuture(Answer.without(Answer.Outcome.FAILED, reason));
  }

  /** One round for a message of JSON, as it is. */
  public abstract CompletableFuture<Answer> decideText(byte[] message);

  public abstract CompletableFuture<State> state();

  /**
   * Brings what is live in line with the directories, now. `every`: tries again also what has not
   * changed.
   */
  public abstract CompletableFuture<State> reload(boolean every);

  /** Takes the lines of the log so far. */
  public abstract CompletableFuture<List<LogLine>> log();

  /** Withdraws everything, when the calls under way have ended. Twice is once. */
  @Override
  public abstract void close();
}
