// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.List;

/** `level` is debug, info, warning or error. */
public record LogLine(String level, String source, String line) {
  static List<LogLine> all(Object json) {
    return Json.list(json).stream()
        .map(Json::object)
        .map(one -> new LogLine(
            (String) one.get("level"), (String) one.get("source"), (String) one.get("line")))
        .toList();
  }
}
