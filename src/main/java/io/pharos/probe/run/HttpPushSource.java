package io.pharos.probe.run;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.http.BoundedBody;
import io.pharos.http.LoggableAddress;
import io.pharos.http.OutgoingClient;
import io.pharos.model.BaseUrl;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;

/// Fetches push reports from another Pharos over HTTP (`/api/pharos/v1/push-reports`).
public final class HttpPushSource implements PushPeer.Source {
  /// Path of the reports in the URL.
  public static final String PATH = "/api/pharos/v1/push-reports";

  private static final Duration TIMEOUT = Duration.ofSeconds(4);
  private static final int MAX_ANSWER_BYTES = 8 << 20;

  private final OutgoingClient client;
  private final URI url;

  /// @param url base URL of the other Pharos
  public HttpPushSource(OutgoingClient client, URI url) {
    this.client = client;
    this.url = URI.create(BaseUrl.of(url.toString()) + PATH);
  }

  @Override
  public PushLedger.Page fetch(String ledger, long after) throws IOException {
    URI address = URI.create("%s?ledger=%s&after=%d".formatted(url, ledger, after));
    HttpResponse<byte[]> answer;
    try {
      answer =
          client.send(
              HttpRequest.newBuilder(address).build(), BoundedBody.of(MAX_ANSWER_BYTES), TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
    if (answer.statusCode() != 200) {
      throw new IOException(
          LoggableAddress.of(url) + " answered with status " + answer.statusCode());
    }
    try {
      return page(JSON.readTree(answer.body()));
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      throw new IOException(LoggableAddress.of(url) + ": the response is not a list of reports", e);
    }
  }

  private static PushLedger.Page page(JsonNode json) {
    String ledger = json.path("ledger").asText();
    if (!ledger.matches("[0-9a-f]{1,64}")) {
      throw new IllegalArgumentException("expected a ledger id of 1 to 64 hexadecimal digits");
    }
    var entries = new ArrayList<PushLedger.Entry>();
    for (JsonNode report : json.path("reports")) {
      entries.add(
          new PushLedger.Entry(
              report.path("number").asLong(),
              report.path("probe").asText(),
              Instant.parse(report.path("at").asText()),
              new PushReport(
                  PushReport.Kind.valueOf(report.path("kind").asText()),
                  report.hasNonNull("exitCode") ? (Integer) report.path("exitCode").asInt() : null,
                  report.path("message").asText(),
                  report.hasNonNull("tookMillis")
                      ? Duration.ofMillis(report.path("tookMillis").asLong())
                      : null)));
    }
    return new PushLedger.Page(
        ledger,
        Instant.parse(json.path("since").asText()),
        json.path("oldest").asLong(),
        entries,
        json.path("more").asBoolean());
  }
}
