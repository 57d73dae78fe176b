// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the adaptor knows: the originator, devices, relations, facts of other kinds. Null stands for
 * what is not there; what is not told at all is unknown. `unavailable`: why the rest cannot be
 * found out now, or null.
 */
public record Facts(
    boolean userIsTold, User user, Map<String, Device> devices, List<Acts> acts, List<Fact> facts,
    String unavailable) {
  public static final Facts NONE = new Facts(false, null, Map.of(), List.of(), List.of(), null);

  public record User(String role, String status, long revision) {}

  public record Device(String type, String status, long revision) {}

  /** Does `agent` act on the day of `at`; `device` null: for any Supplier. */
  public record Acts(String agent, String device, Instant at, boolean holds, long revision) {}

  /** `values` null: it is not there. */
  public record Fact(String kind, String key, Map<String, String> values, long revision) {}

  public Facts withUser(User user) {
    return new Facts(true, user, devices, acts, facts, unavailable);
  }

  public Facts withDevice(String eui64, Device device) {
    Map<String, Device> more = new LinkedHashMap<>(devices);
    more.put(eui64, device);
    return new Facts(userIsTold, user, more, acts, facts, unavailable);
  }

  public Facts withActs(Acts one) {
    return new Facts(userIsTold, user, devices, sum(acts, List.of(one)), facts, unavailable);
  }

  public Facts withFact(Fact one) {
    return new Facts(userIsTold, user, devices, acts, sum(facts, List.of(one)), unavailable);
  }

  public Facts withUnavailable(String why) {
    return new Facts(userIsTold, user, devices, acts, facts, why);
  }

  /** Both; of what both tell of the User, a device or availability, the other's. */
  public Facts and(Facts other) {
    Map<String, Device> more = new LinkedHashMap<>(devices);
    more.putAll(other.devices);
    return new Facts(
        userIsTold || other.userIsTold, other.userIsTold ? other.user : user, more,
        sum(acts, other.acts), sum(facts, other.facts),
        other.unavailable != null ? other.unavailable : unavailable);
  }

  private static <T> List<T> sum(List<T> one, List<T> other) {
    List<T> both = new ArrayList<>(one);
    both.addAll(other);
    return both;
  }

  void addTo(Map<String, Object> message) {
    if (userIsTold) message.put("user", user == null ? null : json(user));
    if (!devices.isEmpty()) {
      Map<String, Object> all = new LinkedHashMap<>();
      devices.forEach((id, device) -> all.put(id, device == null ? null : json(device)));
      message.put("devices", all);
    }
    if (!acts.isEmpty()) message.put("acts", acts.stream().map(Facts::json).toList());
    if (!facts.isEmpty()) message.put("facts", facts.stream().map(Facts::json).toList());
    if (unavailable != null) message.put("unavailable", unavailable);
  }

  private static Map<String, Object> json(User user) {
    return json("role", user.role, "status", user.status, "revision", user.revision);
  }

  private static Map<String, Object> json(Device device) {
    return json("type", device.type, "status", device.status, "revision", device.revision);
  }

  private static Map<String, Object> json(Acts acts) {
    Map<String, Object> json = json(
        "agent", acts.agent, "at", acts.at.toEpochMilli(), "holds", acts.holds,
        "revision", acts.revision);
    if (acts.device != null) json.put("device", acts.device);
    return json;
  }

  private static Map<String, Object> json(Fact fact) {
    return json(
        "kind", fact.kind, "key", fact.key, "values", fact.values, "revision", fact.revision);
  }

  private static Map<String, Object> json(Object... namesAndValues) {
    Map<String, Object> json = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      json.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return json;
  }

  /** As an answer has read them. */
  static Facts of(Map<String, Object> json) {
    Facts facts = NONE;
    if (json.containsKey("user")) facts = facts.withUser(user(Json.object(json.get("user"))));
    if (json.containsKey("devices")) {
      for (Map.Entry<String, Object> one : Json.object(json.get("devices")).entrySet()) {
        facts = facts.withDevice(one.getKey(), device(Json.object(one.getValue())));
      }
    }
    for (Object one : Json.list(json.get("acts"))) facts = facts.withActs(acts(Json.object(one)));
    for (Object one : Json.list(json.get("facts"))) facts = facts.withFact(fact(Json.object(one)));
    return facts;
  }

  private static User user(Map<String, Object> json) {
    if (json == null) return null;
    return new User(
        (String) json.get("role"), (String) json.get("status"), (Long) json.get("revision"));
  }

  private static Device device(Map<String, Object> json) {
    if (json == null) return null;
    return new Device(
        (String) json.get("type"), (String) json.get("status"), (Long) json.get("revision"));
  }

  private static Acts acts(Map<String, Object> json) {
    return new Acts(
        (String) json.get("agent"), (String) json.get("device"),
        Instant.ofEpochMilli((Long) json.get("at")), (Boolean) json.get("holds"),
        (Long) json.get("revision"));
  }

  private static Fact fact(Map<String, Object> json) {
    Map<String, String> values = null;
    if (json.get("values") != null) {
      values = new LinkedHashMap<>();
      for (Map.Entry<String, Object> one : Json.object(json.get("values")).entrySet()) {
        values.put(one.getKey(), (String) one.getValue());
      }
    }
    return new Fact(
        (String) json.get("kind"), (String) json.get("key"), values, (Long) json.get("revision"));
  }
}
