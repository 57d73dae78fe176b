// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.time.Instant;
import java.util.Map;

/** What the handler has to know, and was not told. */
public sealed interface Question {
  /** Who is the originator? Answered by Facts.withUser(). */
  record OfUser() implements Question {}

  record OfDevice(String device) implements Question {}

  /** `device` null: for any Supplier. */
  record OfActs(String agent, String device, Instant at) implements Question {}

  record OfFact(String kind, String key) implements Question {}

  static Question of(Map<String, Object> json) {
    String ask = (String) json.get("ask");
    switch (ask) {
      case "user":
        return new OfUser();
      case "device":
        return new OfDevice((String) json.get("device"));
      case "acts":
        return new OfActs(
            (String) json.get("agent"), (String) json.get("device"),
            Instant.ofEpochMilli((Long) json.get("at")));
      case "fact":
        return new OfFact((String) json.get("kind"), (String) json.get("key"));
      default:
        throw new DccException(DccException.INTERNAL, "a question of the kind " + ask);
    }
  }
}
