// SPDX-License-Identifier: Apache-2.0
package dcc.host;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * DUIS messages in and out: the functions of dcc/duis.h, which says what they mean, by JNA. From any
 * thread; a call is carried out in the thread that makes it. DccException: what was given is wrong,
 * or it is not possible now.
 */
public final class Duis implements AutoCloseable {
  private static final int ABI_MAJOR = 1;
  private static final int ROOM = 16384; // enough for most answers

  /** As in dcc/duis.h; size_t has 64 bits wherever the library runs. */
  interface Api extends Library {
    int dccd_abi();

    Pointer dccd_new(byte[] options, long size, byte[] error, long cap);

    long dccd_reload(Pointer duis, byte[] out, long cap);

    long dccd_read(
        Pointer duis, byte[] octets, long size, long receivedAt, long deadline, byte[] out,
        long cap);

    long dccd_write(Pointer duis, byte[] fields, long size, byte[] out, long cap);

    void dccd_free(Pointer duis);
  }

  /** What a response repeats of its request. */
  public record Reply(
      String schemaVersion, String requestId, String serviceReference, String srv) {}

  /** What was left out and why; signer: the EUI-64 that signs, null if nothing is signed. */
  public record Loaded(long certificates, List<String> problems, String signer) {}

  /**
   * What a message says. Only one of kind "request" is a request, and has `request` and `reply`;
   * "not_valid" (400) and "signature" (403) have a `reason`; "response" has a `code`. What is not
   * there is null.
   */
  public record Message(
      String kind, String reason, Request request, Reply reply, String code, String requestId,
      String deviceId, String digest, String signer) {}

  private final Api api;
  private final Pointer duis;

  /** `options`: those of dccd_new(). Loads certificates and key. */
  public Duis(Map<String, ?> options) {
    this(options, "libdcc-duis-c.so.1");
  }

  public Duis(Map<String, ?> options, String library) {
    api = Native.load(library, Api.class);
    int major = api.dccd_abi() >>> 16;
    if (major != ABI_MAJOR) {
      throw new DccException(
          DccException.INVALID, library + ": major " + major + ", expected " + ABI_MAJOR);
    }
    byte[] text = Json.write(options).getBytes(StandardCharsets.UTF_8);
    byte[] error = new byte[ROOM];
    duis = api.dccd_new(text, text.length, error, error.length);
    if (duis == null) throw new DccException(DccException.INVALID, InProcess.textIn(error));
    try {
      reload();
    } catch (DccException e) {
      close();
      throw e;
    }
  }

  /** Reads certificates and key anew. */
  public Loaded reload() {
    Map<String, Object> loaded = object((out, cap) -> api.dccd_reload(duis, out, cap));
    return new Loaded(
        (Long) loaded.get("certificates"),
        Json.list(loaded.get("problems")).stream().map(String.class::cast).toList(),
        signerOf(loaded));
  }

  /** `endpoint`: where it came in, for the request; null is not checked. */
  public Message read(byte[] octets, String endpoint, Instant receivedAt, Instant deadline) {
    Map<String, Object> said = object((out, cap) -> api.dccd_read(
        duis, octets, octets.length, receivedAt.toEpochMilli(), deadline.toEpochMilli(), out, cap));
    Map<String, Object> request = Json.object(said.get("request"));
    Map<String, Object> response = Json.object(said.get("response"));
    Reply reply = response == null ? null : new Reply(
        (String) response.get("schema_version"), (String) response.get("request_id"),
        (String) response.get("service_reference"), (String) response.get("srv"));
    return new Message(
        (String) said.get("kind"), (String) said.get("reason"),
        request == null ? null : requestOf(request, endpoint, receivedAt, deadline), reply,
        (String) said.get("code"),
        reply == null ? (String) said.get("request_id") : reply.requestId,
        (String) said.get("device_id"), (String) said.get("digest"), signerOf(said));
  }

  /** The octets of a response. */
  public byte[] write(Reply reply, String code, Instant time) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("schema_version", reply.schemaVersion);
    fields.put("request_id", reply.requestId);
    fields.put("service_reference", reply.serviceReference);
    fields.put("srv", reply.srv);
    fields.put("code", code);
    fields.put("time", time.toEpochMilli());
    byte[] text = Json.write(fields).getBytes(StandardCharsets.UTF_8);
    return InProcess.octets(ROOM, (out, cap) -> api.dccd_write(duis, text, text.length, out, cap));
  }

  @Override
  public void close() {
    api.dccd_free(duis);
  }

  private static Map<String, Object> object(InProcess.Writer writer) {
    return Json.object(InProcess.read(ROOM, writer));
  }

  private static String signerOf(Map<String, Object> said) {
    Map<String, Object> signer = Json.object(said.get("signer"));
    return signer == null ? null : (String) signer.get("eui");
  }

  private static Request requestOf(
      Map<String, Object> said, String endpoint, Instant receivedAt, Instant deadline) {
    List<Request.Item> items = Json.list(said.get("items")).stream()
        .map(Json::list)
        .map(item -> new Request.Item((String) item.get(0), (String) item.get(1)))
        .toList();
    return new Request(
        (String) said.get("srv"), (String) said.get("service_reference"),
        (Long) said.get("command_variant"), endpoint,
        new Request.Id((String) said.get("originator"), (String) said.get("target"),
            (String) said.get("counter")),
        (String) said.get("body_element"), items, (String) said.get("canonical"), receivedAt,
        deadline, Facts.NONE);
  }
}
