// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.List;
import java.util.Map;

/**
 * What became of a request. Only ANSWERED is an outcome to commit, if everything in `read` still
 * holds. `code` is null unless it was answered; `plugin` to `settings` are null if none was asked.
 */
public record Answer(
    Outcome outcome, String code, String reason, List<Question> questions, String plugin,
    String version, String build, String settings, Facts read) {

  public enum Outcome {
    ANSWERED, ASKS, NOT_VALID, NO_HANDLER, UNAVAILABLE, FAILED;

    // One that a later library has.
    static Outcome of(String name) {
      for (Outcome outcome : values()) {
        if (outcome.name().equalsIgnoreCase(name)) return outcome;
      }
      return FAILED;
    }
  }

  static Answer without(Outcome outcome, String reason) {
    return new Answer(outcome, null, reason, List.of(), null, null, null, null, Facts.NONE);
  }

  static Answer of(Map<String, Object> json) {
    Object read = json.get("read");
    return new Answer(
        Outcome.of((String) json.get("outcome")), (String) json.get("code"),
        (String) json.getOrDefault("reason", ""),
        Json.list(json.get("questions")).stream().map(q -> Question.of(Json.object(q))).toList(),
        (String) json.get("plugin"), (String) json.get("version"), (String) json.get("build"),
        (String) json.get("settings"), read == null ? Facts.NONE : Facts.of(Json.object(read)));
  }
}
