// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request that has been authenticated, and what is known already. `endpoint` and `canonical` may
 * be null.
 */
public record Request(
    String srv, String serviceReference, long commandVariant, String endpoint, Id id,
    String bodyElement, List<Item> items, String canonical, Instant receivedAt, Instant deadline,
    Facts known) {

  /** The RequestID: two EUI-64s and a counter, as texts. */
  public record Id(String originator, String target, String counter) {
    /** From 64 bits each; a sign is a bit like the others. */
    public static Id of(long originator, long target, long counter) {
      return new Id(Eui64.text(originator), Eui64.text(target), Long.toUnsignedString(counter));
    }
  }

  /** A leaf element of the body. */
  public record Item(String path, String value) {}

  public Request with(Facts known) {
    return new Request(
        srv, serviceReference, commandVariant, endpoint, id, bodyElement, items, canonical,
        receivedAt, deadline, known);
  }

  /** The message of dcc/host.h. */
  String text() {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("srv", srv);
    message.put("service_reference", serviceReference);
    message.put("command_variant", commandVariant);
    if (endpoint != null) message.put("endpoint", endpoint);
    message.put("originator", id.originator);
    message.put("target", id.target);
    message.put("counter", id.counter);
    message.put("body_element", bodyElement);
    message.put("items", items.stream().map(item -> List.of(item.path, item.value)).toList());
    if (canonical != null) message.put("canonical", canonical);
    message.put("received_at", receivedAt.toEpochMilli());
    message.put("deadline", deadline.toEpochMilli());
    known.addTo(message);
    return Json.write(message);
  }
}
