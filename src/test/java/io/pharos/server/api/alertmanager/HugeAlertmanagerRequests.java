package io.pharos.server.api.alertmanager;

import io.pharos.server.api.RequestUri;
import java.nio.charset.StandardCharsets;

/// Passes texts to the request parsers of Alertmanager's API.
public final class HugeAlertmanagerRequests {
  private HugeAlertmanagerRequests() {}

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
    return new String(AlertmanagerJson.write(text), StandardCharsets.UTF_8);
  }
}
