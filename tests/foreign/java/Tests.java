// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Runs every public method test..., each on an object of its own, and says what failed. */
final class Tests {
  /** Something that shall fail. */
  interface Call {
    Object call() throws Exception;
  }

  private Tests() {}

  /** Ends the process: with 1 if one has failed. */
  static void run(Class<?>... all) throws Exception {
    int failed = 0;
    int passed = 0;
    for (Class<?> one : all) {
      for (Method test : one.getMethods()) {
        if (!test.getName().startsWith("test")) continue;
        String name = one.getSimpleName() + "." + test.getName();
        try {
          test.invoke(one.getDeclaredConstructor().newInstance());
          System.out.println("passed: " + name);
          ++passed;
        } catch (InvocationTargetException e) {
          System.out.println("FAILED: " + name);
          e.getCause().printStackTrace(System.out);
          ++failed;
        }
      }
    }
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 && passed > 0 ? 0 : 1);
  }

  static void equal(Object got, Object expected) {
    if (!Objects.equals(got, expected)) {
      throw new AssertionError("got " + got + ", expected " + expected);
    }
  }

  static void contains(String text, String part) {
    if (!text.contains(part)) throw new AssertionError("\"" + text + "\" lacks \"" + part + "\"");
  }

  static Throwable failure(Call call) {
    try {
      Object got = call.call();
      if (got instanceof CompletableFuture<?> future) got = future.join();
      throw new AssertionError("got " + got + ", expected a failure");
    } catch (CompletionException e) {
      return e.getCause();
    } catch (Exception e) {
      return e;
    }
  }

  static DccException refused(Call call, int status, String part) {
    Throwable failure = failure(call);
    if (!(failure instanceof DccException refused)) throw new AssertionError(failure);
    equal(refused.status(), status);
    contains(refused.getMessage(), part);
    return refused;
  }
}
