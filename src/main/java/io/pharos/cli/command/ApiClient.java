package io.pharos.cli.command;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.BoundedBody;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.model.BaseUrl;
import io.pharos.model.PlainReason;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// Calls one running server for a command. It does not follow redirects, because the answer of
/// another server may differ. Methods throw an [IOException] when the server does not answer.
public final class ApiClient implements AutoCloseable {
  /// A response of the server.
  ///
  /// @param json a missing node when the body is not JSON
  public record Answer(int status, JsonNode json, String body) {
    /// Returns the error message of the server, at most 500 characters.
    public String reason() {
      String error = json.path("error").asText("");
      return Quoted.cut(error.isEmpty() ? body.strip() : error, 500);
    }
  }

  /* Twice the largest answer that we measured: 33 MB of alerts. */
  private static final int MAX_BYTES = 64 << 20;

  private final Clients clients = new Clients(InstantSource.system());
  private final OutgoingClient client;
  private final String url;

  /// Creates a client.
  ///
  /// @param url the server's address, with or without slashes at its end
  public ApiClient(String url, HttpOptions options) {
    this.url = BaseUrl.of(url);
    client = clients.open(options.withoutRedirects());
  }

  /// Returns the address without a slash at its end.
  public String url() {
    return url;
  }

  /// Sends a GET request.
  public Answer get(String path, Duration limit) throws IOException, InterruptedException {
    return send("GET", path, Map.of(), "", limit);
  }

  /// Sends a request.
  public Answer send(
      String method, String path, Map<String, String> headers, String body, Duration limit)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(url + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, */*;q=0.5");
    headers.forEach(request::header);
    var response = client.send(request.build(), BoundedBody.of(MAX_BYTES + 1), limit);
    if (response.body().length > MAX_BYTES) {
      throw new IOException("the answer has more than " + MAX_BYTES + " bytes");
    }
    var text = new String(response.body(), StandardCharsets.UTF_8);
    JsonNode json;
    try {
      json = JSON.readTree(text);
    } catch (JsonProcessingException _) { // the caller gets a missing node
      json = JSON.missingNode();
    }
    return new Answer(response.statusCode(), json, text);
  }

  /// Returns the reason why a server did not answer, as words for a message.
  public static String reason(IOException error) {
    return PlainReason.of(error);
  }

  /// Returns a text encoded for a path or a parameter.
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    client.close();
    clients.close();
  }
}
