// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON as messages need it: null, Boolean, Long, String, List and Map. So that this package needs
 * no other; what it reads comes from the library, which writes integers only.
 */
final class Json {
  private static final int DEEPEST = 64;

  private final String text;
  private int at;
  private int depth;

  private Json(String text) {
    this.text = text;
  }

  static Map<String, Object> object(String text) {
    return object(read(text));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object value) {
    return value == null ? List.of() : (List<Object>) value;
  }

  /** IllegalArgumentException: it is none. */
  static Object read(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.space();
    if (json.at != text.length()) throw json.wrong();
    return value;
  }

  static String write(Object value) {
    StringBuilder out = new StringBuilder(1024);
    write(value, out);
    return out.toString();
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Map<?, ?> map) {
      char before = '{';
      for (Map.Entry<?, ?> member : map.entrySet()) {
        out.append(before);
        write((String) member.getKey(), out);
        out.append(':');
        write(member.getValue(), out);
        before = ',';
      }
      out.append(before == '{' ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      char before = '[';
      for (Object element : list) {
        out.append(before);
        write(element, out);
        before = ',';
      }
      out.append(before == '[' ? "[]" : "]");
    } else if (value instanceof String string) {
      write(string, out);
    } else {
      out.append(value);
    }
  }

  private static void write(String string, StringBuilder out) {
    out.append('"');
    int plain = 0;
    while (plain < string.length() && isPlain(string.charAt(plain))) ++plain;
    if (plain == string.length()) {
      out.append(string);
    } else {
      string.chars().forEach(c -> write((char) c, out));
    }
    out.append('"');
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c != '"' && c != '\\' && !Character.isSurrogate(c);
  }

  private static void write(char c, StringBuilder out) {
    if (isPlain(c)) {
      out.append(c);
    } else if (c == '"' || c == '\\') {
      out.append('\\').append(c);
    } else {
      out.append(String.format("\\u%04x", (int) c));
    }
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException("not JSON at character " + (at + 1));
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  private void space() {
    while (at < text.length() && isSpace(text.charAt(at))) ++at;
  }

  private boolean take(char wanted) {
    space();
    if (at == text.length() || text.charAt(at) != wanted) return false;
    ++at;
    return true;
  }

  private void need(char wanted) {
    if (!take(wanted)) throw wrong();
  }

  private Object value() {
    space();
    if (take('"')) return string();
    if (depth == DEEPEST) throw wrong();
    ++depth;
    Object value = take('{') ? object() : take('[') ? list() : word();
    --depth;
    return value;
  }

  private static boolean endsWord(char c) {
    return c == ',' || c == ']' || c == '}' || isSpace(c);
  }

  private Object word() {
    int begin = at;
    while (at < text.length() && !endsWord(text.charAt(at))) ++at;
    String word = text.substring(begin, at);
    switch (word) {
      case "null":
        return null;
      case "true":
        return true;
      case "false":
        return false;
      default:
        try {
          return Long.valueOf(word);
        } catch (NumberFormatException e) {
          throw wrong();
        }
    }
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    if (take('}')) return members;
    do {
      need('"');
      String name = string();
      need(':');
      members.put(name, value());
    } while (take(','));
    need('}');
    return members;
  }

  private List<Object> list() {
    List<Object> elements = new ArrayList<>();
    if (take(']')) return elements;
    do {
      elements.add(value());
    } while (take(','));
    need(']');
    return elements;
  }

  // After its first quotation mark.
  private String string() {
    int begin = at;
    while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') ++at;
    if (at < text.length() && text.charAt(at) == '"') return text.substring(begin, at++);
    StringBuilder out = new StringBuilder().append(text, begin, at);
    for (;;) {
      if (at == text.length()) throw wrong();
      char c = text.charAt(at++);
      if (c == '"') return out.toString();
      out.append(c == '\\' ? escaped() : c);
    }
  }

  private char escaped() {
    if (at == text.length()) throw wrong();
    char c = text.charAt(at++);
    int which = "\"\\/bfnrt".indexOf(c);
    if (which >= 0) return "\"\\/\b\f\n\r\t".charAt(which);
    if (c != 'u' || at + 4 > text.length()) throw wrong();
    at += 4;
    try {
      return (char) Integer.parseInt(text.substring(at - 4, at), 16);
    } catch (NumberFormatException e) {
      throw wrong();
    }
  }
}
