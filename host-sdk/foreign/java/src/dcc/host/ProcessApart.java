// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * Plugins in a process apart: dcc-decide as a child, with many requests in it at once.
 *
 * <p>When it ends, or has to be killed because a request hangs, it is started again. Handlers are
 * pure, so the requests that were inside are repeated: one at a time, so that it shows which one
 * kills. That one fails; the others, and those that came meanwhile, are served.
 */
final class ProcessApart extends Plugins {
  private static final int MAX_MESSAGE = 1048576;
  private static final long MOST_MS = 60_000; // no deadline is further away than this
  private static final long LONGEST_PAUSE_MS = 30_000; // between starts that failed

  /**
   * Where futures are completed, so that what the adaptor goes on with does not keep the thread
   * that reads. Not the common pool: on two processors that starts a thread for each.
   */
  private static final Executor ANSWERS = Executors.newCachedThreadPool(work -> {
    Thread thread = new Thread(work, "dcc-decide-answers");
    thread.setDaemon(true);
    return thread;
  });

  /**
   * A line that is to be answered, maybe by another child than the first it was sent to. `who` asks
   * for a decision; null: for something else.
   */
  private static final class Sent {
    final byte[] line;
    final long id;
    final Killers.Who who;
    final long patienceMs;
    final CompletableFuture<Object> future = new CompletableFuture<>();
    long until; // by the clock of System.nanoTime(); if patienceMs > 0

    Sent(long id, byte[] body, Killers.Who who, long patienceMs) {
      this.id = id;
      this.who = who;
      this.patienceMs = patienceMs;
      ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + 32);
      out.writeBytes(("{\"id\":" + id + ",").getBytes(StandardCharsets.UTF_8));
      out.writeBytes(body);
      out.writeBytes(new byte[] {'}', '\n'});
      line = out.toByteArray();
    }

    void answer(Map<String, Object> said) {
      if (said.get("error") != null) {
        Map<String, Object> error = Json.object(said.get("error"));
        fail(((Long) error.get("status")).intValue(), (String) error.get("reason"));
      } else if (who != null) {
        future.completeAsync(() -> Answer.of(Json.object(said.get("answer"))), ANSWERS);
      } else {
        future.completeAsync(() -> said.get("answer"), ANSWERS);
      }
    }

    void answer(Answer answer) {
      if (who == null) fail(DccException.NOT_NOW, answer.reason());
      else future.completeAsync(() -> answer, ANSWERS);
    }

    void fail(int status, String reason) {
      future.completeAsync(() -> {
        throw new DccException(status, reason);
      }, ANSWERS);
    }
  }

  private final Path options;
  private final String program;
  private final long graceMs;
  private final Thread thread = new Thread(this::run, "dcc-decide");
  private final Timer timer = new Timer("dcc-decide-time", true);

  // Guarded by this, which is never held while something is written.
  private final Map<Long, Sent> inside = new LinkedHashMap<>();
  private final Deque<Sent> suspects = new ArrayDeque<>();
  private final List<Sent> waiting = new ArrayList<>(); // until no suspect is left
  private final Killers killers = new Killers();
  private Child child; // null: it is being started
  private Sent alone; // the only one inside, because it may be a killer
  private String isDown; // why it does not start
  private boolean isClosed;
  private long lastId;

  ProcessApart(Path options, String program, Duration grace) throws IOException {
    this.options = options;
    this.program = program;
    graceMs = grace.toMillis();
    child = new Child(program, options);
    thread.setDaemon(true);
    thread.start();
    long tick = Math.max(graceMs / 4, 1);
    timer.schedule(new TimerTask() {
      @Override
      public void run() {
        killWhatHangs();
      }
    }, tick, tick);
  }

  @Override
  public CompletableFuture<Answer> decideText(byte[] message) {
    if (message.length > MAX_MESSAGE) {
      return CompletableFuture.failedFuture(new DccException(
          DccException.INVALID, "the message has " + message.length + " octets, expected "
              + MAX_MESSAGE + " at most"));
    }
    Map<String, Object> said = Map.of();
    try {
      if (Json.read(new String(message, StandardCharsets.UTF_8)) instanceof Map<?, ?> map) {
        said = Json.object(map);
      }
    } catch (IllegalArgumentException e) {
      // Which dcc-decide will say, better.
    }
    long left = said.get("deadline") instanceof Long deadline
        ? Math.min(Math.max(deadline - System.currentTimeMillis(), 0), MOST_MS) : 0;
    byte[] name = "\"decide\":".getBytes(StandardCharsets.UTF_8);
    byte[] body = new byte[name.length + message.length];
    System.arraycopy(name, 0, body, 0, name.length);
    for (int i = 0; i < message.length; ++i) {
      // A line end is a space to JSON wherever it may stand; so is a carriage return.
      body[name.length + i] = message[i] == '\n' ? (byte) '\r' : message[i];
    }
    return send(body, Killers.Who.of(said), left + graceMs).thenApply(Answer.class::cast);
  }

  @Override
  public CompletableFuture<State> state() {
    return send("\"state\":true").thenApply(json -> State.of(Json.object(json)));
  }

  @Override
  public CompletableFuture<State> reload(boolean every) {
    return send("\"reload\":\"" + (every ? "all" : "changed") + "\"").thenApply(json -> {
      synchronized (this) {
        killers.clear();
      }
      return State.of(Json.object(json));
    });
  }

  @Override
  public CompletableFuture<List<LogLine>> log() {
    return send("\"log\":true").thenApply(LogLine::all);
  }

  @Override
  public void close() {
    Child last;
    synchronized (this) {
      isClosed = true;
      last = child;
      notifyAll();
    }
    timer.cancel();
    try {
      if (last != null) {
        last.noMore();
        thread.join(graceMs + 1);
        last.kill();
      }
      thread.join();
    } catch (InterruptedException e) {
      if (last != null) last.kill();
      Thread.currentThread().interrupt();
    }
  }

  private CompletableFuture<Object> send(String body) {
    return send(body.getBytes(StandardCharsets.UTF_8), null, 0);
  }

  private CompletableFuture<Object> send(byte[] body, Killers.Who who, long patienceMs) {
    Sent sent;
    Child to;
    synchronized (this) {
      sent = new Sent(++lastId, body, who, patienceMs);
      to = child;
      if (isClosed) {
        sent.fail(DccException.INVALID, "closed");
        return sent.future;
      }
      if (isDown != null) {
        sent.answer(Answer.without(Answer.Outcome.UNAVAILABLE, isDown));
        return sent.future;
      }
      if (to == null || alone != null) {
        waiting.add(sent);
        return sent.future;
      }
      if (!letIn(sent)) return sent.future;
    }
    to.send(sent.line); // if it has ended, `sent` is a suspect by now
    return sent.future;
  }

  private boolean letIn(Sent sent) {
    Answer refusal = sent.who == null ? null : killers.refusal(sent.who);
    if (refusal != null) {
      sent.answer(refusal);
      return false;
    }
    sent.until = System.nanoTime() + sent.patienceMs * 1_000_000;
    inside.put(sent.id, sent);
    return true;
  }

  private synchronized void killWhatHangs() {
    long now = System.nanoTime();
    if (child != null
        && inside.values().stream().anyMatch(s -> s.patienceMs > 0 && s.until - now < 0)) {
      child.kill();
    }
  }

  // ---- In the thread that reads ----

  private void run() {
    for (Child now = child; now != null; now = restart()) {
      for (String line = now.line(); line != null; line = now.line()) answered(Json.object(line));
      hasEnded(now.end());
    }
    synchronized (this) {
      suspects.forEach(sent -> sent.fail(DccException.INVALID, "closed"));
      waiting.forEach(sent -> sent.fail(DccException.INVALID, "closed"));
    }
  }

  private void answered(Map<String, Object> line) {
    Sent sent;
    boolean wasAlone;
    synchronized (this) {
      sent = inside.remove((Long) line.get("id"));
      wasAlone = sent != null && sent == alone;
    }
    if (sent != null) sent.answer(line);
    if (wasAlone) goOn();
  }

  private synchronized void hasEnded(String how) {
    child = null;
    if (alone == null) {
      suspects.addAll(inside.values());
    } else {
      if (alone.who != null) killers.add(alone.who);
      alone.answer(Answer.without(
          Answer.Outcome.FAILED, "dcc-decide " + how + ", twice, with this request inside"));
    }
    alone = null;
    inside.clear();
  }

  /** Null: it was closed. */
  private Child restart() {
    for (long pauseMs = 1000; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      synchronized (this) {
        if (isClosed) return null;
      }
      try {
        Child next = new Child(program, options);
        synchronized (this) {
          child = next;
          isDown = null;
          if (isClosed) next.noMore();
        }
        goOn();
        return next;
      } catch (IOException | DccException e) {
        isDown(e.getMessage(), pauseMs);
      }
    }
  }

  private synchronized void isDown(String why, long pauseMs) {
    isDown = why;
    Answer answer = Answer.without(Answer.Outcome.UNAVAILABLE, why);
    suspects.forEach(sent -> sent.answer(answer));
    waiting.forEach(sent -> sent.answer(answer));
    suspects.clear();
    waiting.clear();
    long end = System.nanoTime() + pauseMs * 1_000_000;
    for (long left = pauseMs; left > 0 && !isClosed; left = (end - System.nanoTime()) / 1_000_000) {
      try {
        wait(left);
      } catch (InterruptedException e) {
        isClosed = true; // nobody but this class knows the thread
      }
    }
  }

  /** Tries the next suspect alone; if there is none, lets in all that wait. */
  private void goOn() {
    List<Sent> sent = new ArrayList<>();
    Child to;
    synchronized (this) {
      alone = null;
      while (alone == null && !suspects.isEmpty()) {
        Sent suspect = suspects.remove();
        if (letIn(suspect)) alone = suspect;
      }
      if (alone != null) {
        sent.add(alone);
      } else {
        waiting.stream().filter(this::letIn).forEach(sent::add);
        waiting.clear();
      }
      to = child;
    }
    for (Sent one : sent) to.send(one.line);
  }
}
