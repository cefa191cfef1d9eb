package io.pharos.server.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/// Sends requests with unchanged URLs to this service or to a real Prometheus.
final class PeerClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  /// An answer; the content type is empty if absent.
  record Answer(int status, String contentType, String body) {
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException e) {
        throw new AssertionError("not JSON: " + body, e);
      }
    }
  }

  private final String base;

  PeerClient(URI base) {
    this.base = base.toString().replaceAll("/$", "");
  }

  Answer get(String path) {
    return send(request(path).GET());
  }

  Answer post(String path, String contentType, byte[] body) {
    return send(
        request(path)
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30));
  }

  private static Answer send(HttpRequest.Builder request) {
    try {
      var response =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(
          response.statusCode(),
          response.headers().firstValue("Content-Type").orElse(""),
          response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Polls until a value of the answer is as expected, for at most 60 s.
  void eventually(String path, String pointer, String expected) {
    Instant end = Instant.now().plusSeconds(60);
    String found = "nothing";
    while (Instant.now().isBefore(end)) {
      try {
        Answer answer = get(path);
        found = answer.body();
        if (answer.status() == 200 && answer.json().at(pointer).asText().equals(expected)) {
          return;
        }
      } catch (UncheckedIOException e) { // it may not listen yet
        found = e.toString();
      }
      Thread.yield();
    }
    throw new AssertionError(
        base + path + " never had " + expected + " at " + pointer + ": " + found);
  }
}
