package io.pharos.cli.check;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.ApiClient.Answer;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.ServerAccess;
import io.pharos.lint.rule.SeenSeries;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The series of a running server with Prometheus' API, by its index of labels, and whether its
/// alerts have a receiver. It sends at most [#MOST_QUESTIONS] requests within [#LONGEST] and stops
/// at the first error.
final class LiveSeries implements SeenSeries, AutoCloseable {
  static final int MOST_QUESTIONS = 2000;
  static final Duration LONGEST = Duration.ofMinutes(2);
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final int MOST_VALUES = 1000;
  private static final String UNREAD = ": series can't be read: ";

  private final ApiClient client;
  private final String source;
  private final InstantSource time;
  private final Instant end;
  private final Instant start;
  private final Map<String, Optional<Set<String>>> known = new HashMap<>();
  private Optional<String> trouble = Optional.empty();

  /// @param window how far back series count
  LiveSeries(ApiClient client, String window, Duration back, InstantSource time) {
    this.client = client;
    this.time = time;
    end = time.instant();
    start = end.minus(back);
    source = client.url() + " in " + window;
  }

  /// The server of `--against`.
  static LiveSeries open(Flags flags, Map<String, String> environment) {
    String url = flags.get("against");
    if (!url.startsWith("http://") && !url.startsWith("https://")) {
      throw flags.refused("against", "the address of a server, such as http://127.0.0.1:9090");
    }
    return new LiveSeries(
        new ApiClient(url, ServerAccess.options(flags, environment)),
        flags.get("against.window"),
        flags.duration("against.window"),
        InstantSource.system());
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Optional<Set<String>> values(String label, String selector) {
    return known.computeIfAbsent(label + " " + selector, _ -> ask(label, selector));
  }

  private Optional<Set<String>> ask(String label, String selector) {
    if (trouble.isPresent()) {
      return Optional.empty();
    }
    if (known.size() >= MOST_QUESTIONS || time.instant().isAfter(end.plus(LONGEST))) {
      return fail(" got the most requests allowed: not all selectors were checked");
    }
    try {
      Answer answer =
          client.get(
              "/api/v1/label/%s/values?match[]=%s&start=%d&end=%d&limit=%d"
                  .formatted(
                      ApiClient.encoded(label),
                      ApiClient.encoded(selector),
                      start.getEpochSecond(),
                      end.getEpochSecond() + 1, // samples of this second count too
                      MOST_VALUES)
                  .replace("[]", "%5B%5D"),
              ANSWER);
      if (answer.status() == 200 && answer.json().path("data").isArray()) {
        return values(answer.json().path("data"));
      }
      return fail(UNREAD + "status " + answer.status() + ": " + answer.reason());
    } catch (IOException e) {
      return fail(UNREAD + (e.getMessage() == null ? e.toString() : e.getMessage()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return fail(UNREAD + "interrupted");
    }
  }

  private <T> Optional<T> fail(String why) {
    trouble = Optional.of(client.url() + why);
    return Optional.empty();
  }

  /* A truncated list may lack the value in question. */
  private static Optional<Set<String>> values(JsonNode data) {
    var values = new TreeSet<String>();
    data.forEach(value -> values.add(value.asText()));
    return values.size() >= MOST_VALUES ? Optional.empty() : Optional.of(values);
  }

  /// A message when the server evaluates alerts but has no Alertmanager; empty otherwise, and when
  /// that is unknown.
  Optional<String> unheard() {
    if (trouble.isPresent()) {
      return Optional.empty();
    }
    try {
      int alerts = 0;
      for (JsonNode group : data("/api/v1/rules?type=alert").path("groups")) {
        alerts += group.path("rules").size();
      }
      JsonNode receivers = alerts == 0 ? JSON.missingNode() : data("/api/v1/alertmanagers");
      return receivers.path("activeAlertmanagers").isArray()
              && receivers.path("activeAlertmanagers").isEmpty()
          ? Optional.of(
              "%s evaluates %d alerts and has no Alertmanager, so they notify nobody%s"
                  .formatted(
                      client.url(),
                      alerts,
                      receivers.path("droppedAlertmanagers").isEmpty()
                          ? ""
                          : "; relabelling dropped the Alertmanagers that it found"))
          : Optional.empty();
    } catch (IOException e) {
      return fail(": its Alertmanagers can't be read: " + ApiClient.reason(e));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /* A server may lack this API, or refuse it. */
  private JsonNode data(String path) throws IOException, InterruptedException {
    Answer answer = client.get(path, ANSWER);
    return answer.status() == 200 ? answer.json().path("data") : JSON.missingNode();
  }

  /// Why the result is incomplete.
  Optional<String> trouble() {
    return trouble;
  }

  @Override
  public void close() {
    client.close();
  }
}
