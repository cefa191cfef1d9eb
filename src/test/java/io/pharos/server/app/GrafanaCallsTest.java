package io.pharos.server.app;

import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.remote.write.WriteRequests;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sends every request of Grafana's data sources for Prometheus and Alertmanager to the service.
/// `grafana/calls.json` contains the requests and the required parts of the answers; words in angle
/// brackets match any value of a kind.
@QuarkusTest
@Tag("slow")
class GrafanaCallsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FILE = Path.of("src/test/resources/grafana/calls.json");

  @TestHTTPResource("/")
  URI service;

  static List<String> calls() {
    return StreamSupport.stream(file().spliterator(), false)
        .map(call -> call.path("name").asText())
        .toList();
  }

  private static JsonNode file() {
    try {
      return JSON.readTree(Files.readString(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode call(String name) {
    for (JsonNode call : file()) {
      if (call.path("name").asText().equals(name)) {
        return call;
      }
    }
    throw new IllegalArgumentException(name);
  }

  @BeforeEach
  void thereIsSomethingToSee() {
    var client = new PeerClient(service);
    client.eventually("/api/v1/alerts", "/data/alerts/0/state", "firing");
    client.eventually("/api/v1/rules?type=alert", "/data/groups/0/rules/0/health", "ok");
    client.eventually(
        "/api/v2/alerts?filter=alertname%3D%22AlwaysOn%22", "/0/labels/alertname", "AlwaysOn");
    client.eventually("/api/v1/query?query=rate(one%5B1m%5D)", "/data/result/0/value/1", "0");
    long now = Instant.now().toEpochMilli();
    var answer =
        client.post(
            "/api/v1/write",
            WriteRequests.V1,
            body(
                seriesV1(
                        List.of("__name__", "grafana_pushed_total", "a.b", "dotted"),
                        sample(now, 1))
                    .andThen(
                        request ->
                            request.message(
                                3,
                                meta ->
                                    meta.int64(1, 1)
                                        .string(2, "grafana_pushed_total")
                                        .string(4, "Pushed.")
                                        .string(5, "items")))));
    assertThat(answer.status()).as(answer.body()).isEqualTo(204);
  }

  @ParameterizedTest
  @MethodSource("calls")
  void call_isAnsweredAsGrafanaReadsIt(String name) throws IOException {
    JsonNode call = call(name);
    String[] words = filled(call.path("call").asText()).split(" ", 2);
    var client = new PeerClient(service);
    PeerClient.Answer answer =
        words[0].equals("GET")
            ? client.get(words[1])
            : call.has("json")
                ? client.post(
                    words[1], "application/json", filled(call.path("json").toString()).getBytes())
                : client.post(
                    words[1],
                    "application/x-www-form-urlencoded",
                    filled(call.path("form").asText()).getBytes());
    assertThat(answer.status()).as(answer.body()).isEqualTo(call.path("status").asInt(200));
    assertThat(answer.contentType()).contains(call.path("contentType").asText("application/json"));
    assertThat(answer.body()).contains(call.path("text").asText(""));
    if (call.has("body")) {
      assertMatches("", call.path("body"), JSON.readTree(answer.body()));
    }
  }

  private static String filled(String text) {
    Instant now = Instant.now();
    return text.replace("{now}", Long.toString(now.getEpochSecond()))
        .replace("{from}", Long.toString(now.getEpochSecond() - 60))
        .replace("{now_time}", now.toString())
        .replace("{later_time}", now.plusSeconds(600).toString());
  }

  /* Other fields are permitted. An expected list with one element describes all elements, of which
   * there must be at least one. */
  private static void assertMatches(String at, JsonNode expected, JsonNode found) {
    if (expected.isTextual() && expected.asText().startsWith("<")) {
      assertThat(isOfKind(expected.asText(), found))
          .as(at + " is " + found + ", expected " + expected.asText())
          .isTrue();
      return;
    }
    assertThat(found.getNodeType()).as(at + " in " + found).isEqualTo(expected.getNodeType());
    if (expected.isObject()) {
      for (var field : expected.properties()) {
        if (field.getKey().equals("*")) {
          assertThat(found.size()).as(at).isPositive();
          found
              .properties()
              .forEach(
                  any -> assertMatches(at + "/" + any.getKey(), field.getValue(), any.getValue()));
        } else {
          assertMatches(at + "/" + field.getKey(), field.getValue(), found.path(field.getKey()));
        }
      }
    } else if (expected.isArray() && expected.size() == 1) {
      assertThat(found.size()).as(at).isPositive();
      for (int i = 0; i < found.size(); i++) {
        assertMatches(at + "/" + i, expected.get(0), found.get(i));
      }
    } else if (expected.isArray()) {
      assertThat(found.size()).as(at).isEqualTo(expected.size());
      for (int i = 0; i < found.size(); i++) {
        assertMatches(at + "/" + i, expected.get(i), found.get(i));
      }
    } else {
      assertThat(found.asText()).as(at).isEqualTo(expected.asText());
    }
  }

  private static boolean isOfKind(String kind, JsonNode found) {
    return switch (kind) {
      case "<string>" -> found.isTextual();
      case "<number>" -> found.isNumber();
      case "<array>" -> found.isArray();
      case "<object>" -> found.isObject();
      case "<absent>" -> found.isMissingNode();
      case "<time>" ->
          found.asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");
      case "<hex16>" -> found.asText().matches("[0-9a-f]{16}");
      default -> throw new IllegalArgumentException(kind);
    };
  }
}
