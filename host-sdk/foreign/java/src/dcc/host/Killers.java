// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which requests have ended dcc-decide, and who is not let in for that: ../README.md, "When a
 * plugin crashes or hangs". A killer is a request with which alone inside the process has ended.
 * One thread at a time.
 */
final class Killers {
  private static final int MOST = 3; // killers of one originator; originators with killers

  record Who(String srv, String originator, String request) {
    static Who of(Map<String, Object> message) {
      return new Who(
          String.valueOf(message.get("srv")),
          String.valueOf(message.get("originator")).toUpperCase(Locale.ROOT),
          message.get("target") + ":" + message.get("counter"));
    }
  }

  private final Map<String, Map<String, Set<String>>> bySrv = new HashMap<>();

  void add(Who who) {
    bySrv.computeIfAbsent(who.srv, srv -> new HashMap<>())
        .computeIfAbsent(who.originator, originator -> new HashSet<>())
        .add(who.request);
  }

  void clear() {
    bySrv.clear();
  }

  /** The answer to one that is not let in; null: it is. */
  Answer refusal(Who who) {
    Map<String, Set<String>> byOriginator = bySrv.getOrDefault(who.srv, Map.of());
    if (byOriginator.size() >= MOST) {
      return Answer.without(
          Answer.Outcome.UNAVAILABLE,
          "the plugin for " + who.srv + " is given up until a reload: requests of "
              + byOriginator.size() + " originators have killed it");
    }
    int killers = byOriginator.getOrDefault(who.originator, Set.of()).size();
    if (killers < MOST) return null;
    return Answer.without(
        Answer.Outcome.FAILED,
        "not tried until a reload: " + killers + " requests of " + who.originator
            + " have killed the plugin for " + who.srv);
  }
}
