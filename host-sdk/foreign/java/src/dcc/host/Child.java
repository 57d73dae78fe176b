// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** dcc-decide as a child: lines to it and from it. */
final class Child {
  private static final int BY_SIGNAL = 128;

  private final Process process;
  private final BufferedReader answers;
  private final OutputStream requests; // guarded by itself
  private final Thread errors = new Thread(this::copyErrors, "dcc-decide-errors");
  private volatile String lastWords = "";

  /**
   * Starts it, and waits until everything is loaded.
   *
   * @throws DccException it has ended instead, and why
   */
  Child(String program, Path options) throws IOException {
    process = new ProcessBuilder(program, options.toString()).start();
    answers = process.inputReader(StandardCharsets.UTF_8);
    requests = process.getOutputStream();
    errors.setDaemon(true);
    errors.start();
    send("{\"id\":0,\"state\":true}\n".getBytes(StandardCharsets.UTF_8));
    if (line() == null) {
      throw new DccException(DccException.NOT_NOW, program + " " + end() + ": " + lastWords);
    }
  }

  private void copyErrors() {
    process.errorReader(StandardCharsets.UTF_8).lines().forEach(line -> {
      lastWords = line;
      System.err.println(line);
    });
  }

  /** With a line end. Whether it has arrived, only an answer tells. */
  void send(byte[] line) {
    synchronized (requests) {
      try {
        requests.write(line);
        requests.flush();
      } catch (IOException e) {
        // It has ended, which its output tells.
      }
    }
  }

  /** The next; null: it has ended. One thread at a time. */
  String line() {
    try {
      return answers.readLine();
    } catch (IOException e) {
      return null;
    }
  }

  void kill() {
    process.destroyForcibly();
  }

  /** It ends when it has answered. */
  void noMore() {
    synchronized (requests) {
      try {
        requests.close();
      } catch (IOException e) {
        // It has ended.
      }
    }
  }

  /** Waits for it, and says how it has ended. */
  String end() {
    boolean interrupted = false;
    while (true) {
      try {
        int code = process.waitFor();
        errors.join();
        noMore();
        if (interrupted) Thread.currentThread().interrupt();
        return code > BY_SIGNAL
            ? "ended by signal " + (code - BY_SIGNAL) : "ended with exit code " + code;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }
}
