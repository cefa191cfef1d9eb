package io.pharos.api;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.remotewrite.ReceivedMetadata;
import io.pharos.remotewrite.WriteReceiver;
import io.pharos.snappy.Snappy;
import io.pharos.storage.InMemoryStorage;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/// Hands texts to what reads requests in this package.
public final class HugeRequests {
  private HugeRequests() {}

  private static Parameters parameters(String name, String value) {
    var map = new MultivaluedHashMap<String, String>();
    map.add(name, value);
    return new Parameters(map);
  }

  /// Whether the text is a time.
  public static boolean time(String text) {
    try {
      parameters("time", text).requireTime("time");
      return true;
    } catch (ApiException _) { // no time
      return false;
    }
  }

  public static void duration(String text) {
    parameters("step", text).requireDuration("step");
  }

  public static void selectors(String text) {
    var map = new MultivaluedHashMap<String, String>();
    for (int at = 0; at < text.length(); at += 16) {
      map.add("match[]", text.substring(at, Math.min(text.length(), at + 16)));
    }
    new Parameters(map).selectors();
    parameters("match[]", text).selectors();
  }

  public static void alerts(String text) {
    AlertmanagerPost.alerts(text.getBytes(StandardCharsets.UTF_8));
  }

  public static void generatorUrl(String text) {
    RequestUri.isValid(text);
    RequestUri.isValid("http://" + text);
    alerts("[{\"labels\":{\"a\":\"b\"},\"generatorURL\":" + quoted(text) + "}]");
  }

  public static void label(String text) {
    alerts("[{\"labels\":{" + quoted(text) + ":" + quoted(text) + "}}]");
  }

  public static void silenceMatcher(String text) {
    AlertmanagerPost.silence(
        ("{\"matchers\":[{\"name\":\"a\",\"isRegex\":true,\"value\":"
                + quoted(text)
                + "}],\"createdBy\":\"a\",\"comment\":\"b\",\"startsAt\":\"2026-01-01T00:00:00Z\","
                + "\"endsAt\":\"2026-01-01T00:00:00Z\"}")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static String quoted(String text) {
    return new String(AlertmanagerJson.string(text), StandardCharsets.UTF_8);
  }

  public static void accept(String text) {
    FederationAccept.prefersProtobuf(text);
  }

  public static void form(String text) {
    FormReader.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  public static void address(String text) {
    RequestSyntax.problem(text);
  }

  /// Version 1, packed.
  public static void remoteWrite(String text) {
    byte[] message = Snappy.encode(text.getBytes(StandardCharsets.UTF_8));
    new WriteReceiver(
            new InMemoryStorage(),
            new ReceivedMetadata(),
            InstantSource.system(),
            new SimpleMeterRegistry())
        .receive("application/x-protobuf", "snappy", message);
  }

  public static void jsonBody(String text) {
    JsonBody.parse(text);
  }
}
