// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** The eight functions of dcc/host.h by JNA. A decision is made in the thread that asks for it. */
final class InProcess extends Plugins {
  private static final int ABI_MAJOR = 1;
  private static final int ROOM = 4096; // enough for most answers
  private static final int LOG_ROOM = 1 << 20;
  private static final int HOUR_MS = 3_600_000;

  /** As in dcc/host.h; size_t has 64 bits wherever the library runs. */
  interface Api extends Library {
    int dcch_abi();

    Pointer dcch_new(byte[] options, long size, byte[] error, long cap);

    int dcch_reload(Pointer host, int all);

    long dcch_state(Pointer host, byte[] out, long cap);

    int dcch_changed(Pointer host, int waitMs);

    long dcch_log(Pointer host, byte[] out, long cap);

    long dcch_decide(Pointer host, byte[] message, long size, byte[] out, long cap);

    void dcch_free(Pointer host);
  }

  /** A function of the library that writes its answer. */
  interface Writer {
    long write(byte[] out, long cap);
  }

  private final Api api;
  private final Pointer host;

  InProcess(Path options, String library) throws IOException {
    api = Native.load(library, Api.class);
    int major = api.dcch_abi() >>> 16;
    if (major != ABI_MAJOR) {
      throw new DccException(
          DccException.INVALID, library + ": major " + major + ", expected " + ABI_MAJOR);
    }
    Map<String, Object> said = optionsOf(options);
    said.putIfAbsent("watch", true);
    byte[] text = Json.write(said).getBytes(StandardCharsets.UTF_8);
    byte[] error = new byte[ROOM];
    host = api.dcch_new(text, text.length, error, error.length);
    if (host == null) throw new DccException(DccException.INVALID, textIn(error));
    load(true);
    if (said.get("watch").equals(true)) watch();
  }

  private static Map<String, Object> optionsOf(Path file) throws IOException {
    try {
      return Json.object(Files.readString(file));
    } catch (IllegalArgumentException | ClassCastException e) {
      throw new DccException(DccException.INVALID, file + ": " + e.getMessage());
    }
  }

  private void watch() {
    Thread thread = new Thread(() -> {
      int changed;
      while ((changed = api.dcch_changed(host, HOUR_MS)) >= 0) { // negative: freed
        if (changed == 1) api.dcch_reload(host, 0);
      }
    }, "dcc-host-watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void load(boolean every) {
    int status = api.dcch_reload(host, every ? 1 : 0);
    if (status < 0) throw new DccException(-status, "reload: closed, or no memory");
  }

  /** The text that is ended by NUL. */
  static String textIn(byte[] room) {
    int size = 0;
    while (room[size] != 0) ++size;
    return new String(room, 0, size, StandardCharsets.UTF_8);
  }

  /** The octets that it writes, in as much room as they need. */
  static byte[] octets(int room, Writer writer) {
    byte[] out = new byte[room];
    long size = writer.write(out, out.length);
    if (size < 0) throw new DccException((int) -size, textIn(out));
    return size < room ? Arrays.copyOf(out, (int) size) : octets((int) size + 1, writer);
  }

  static Object read(int room, Writer writer) {
    return Json.read(new String(octets(room, writer), StandardCharsets.UTF_8));
  }

  private static <T> CompletableFuture<T> now(Callable<T> call) {
    try {
      return CompletableFuture.completedFuture(call.call());
    } catch (Exception e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Answer> decideText(byte[] message) {
    return now(() -> Answer.of(Json.object(read(ROOM, (out, cap) ->
        api.dcch_decide(host, message, message.length, out, cap)))));
  }

  @Override
  public CompletableFuture<State> state() {
    return now(() -> State.of(Json.object(read(ROOM, (out, cap) ->
        api.dcch_state(host, out, cap)))));
  }

  @Override
  public CompletableFuture<State> reload(boolean every) {
    return CompletableFuture.runAsync(() -> load(every)).thenCompose(done -> state());
  }

  @Override
  public CompletableFuture<List<LogLine>> log() {
    return now(() -> LogLine.all(read(LOG_ROOM, (out, cap) -> api.dcch_log(host, out, cap))));
  }

  @Override
  public void close() {
    api.dcch_free(host);
  }
}
