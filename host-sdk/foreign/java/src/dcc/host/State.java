// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.List;
import java.util.Map;

/** What is live, and why the rest is not; as dcch_state() tells it. */
public record State(List<Plugin> plugins, List<Handler> handlers) {
  /** A file as the last reload found it; `id` to `build` are null if none of it is live. */
  public record Plugin(
      String file, boolean live, boolean refused, String reason, String id, String version,
      String build) {}

  /** A handler as it is now. */
  public record Handler(
      String srv, String plugin, String version, String build, String settings, long calls,
      long failed, long late, long inside) {}

  static State of(Map<String, Object> json) {
    return new State(
        Json.list(json.get("plugins")).stream().map(p -> plugin(Json.object(p))).toList(),
        Json.list(json.get("handlers")).stream().map(h -> handler(Json.object(h))).toList());
  }

  private static Plugin plugin(Map<String, Object> json) {
    return new Plugin(
        (String) json.get("file"), (Boolean) json.get("live"), (Boolean) json.get("refused"),
        (String) json.get("reason"), (String) json.get("id"), (String) json.get("version"),
        (String) json.get("build"));
  }

  private static Handler handler(Map<String, Object> json) {
    return new Handler(
        (String) json.get("srv"), (String) json.get("plugin"), (String) json.get("version"),
        (String) json.get("build"), (String) json.get("settings"), (Long) json.get("calls"),
        (Long) json.get("failed"), (Long) json.get("late"), (Long) json.get("inside"));
  }
}
