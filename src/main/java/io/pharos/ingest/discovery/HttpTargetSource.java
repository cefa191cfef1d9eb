package io.pharos.ingest.discovery;

import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.config.prometheus.TargetReader;
import io.pharos.http.BoundedBody;
import io.pharos.http.ClientPool;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/// Fetches target groups as JSON from a server of `http_sd_configs`.
record HttpTargetSource(
    PolledSdConfig.OverHttp config, ClientPool clients, String userAgent, TargetLimit limit)
    implements DiscoveredTargets.Source {
  private static final String URL = "__meta_url";

  @Override
  public List<StaticConfig> query() throws IOException, InterruptedException {
    int max = (int) Math.min(limit.bytes(), Integer.MAX_VALUE - 1L);
    HttpResponse<byte[]> response =
        clients
            .client(config.http())
            .send(request(), BoundedBody.of(max + 1), config.refreshInterval());
    if (response.statusCode() != 200) {
      throw new IOException("server returned HTTP status " + response.statusCode());
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (!isJson(type)) {
      throw new IOException(
          "found Content-Type " + Quoted.of(type) + ", expected application/json");
    }
    if (response.body().length > max) {
      String problem = "the answer has more than %d bytes, %s".formatted(max, limit.origin());
      limit.refuse(address() + ": " + problem);
      throw new IOException(problem);
    }
    return TargetReader.readAnswer("the answer", text(response.body())).stream()
        .map(group -> new StaticConfig(group.targets(), group.labels().with(URL, config.url())))
        .toList();
  }

  private HttpRequest request() {
    String seconds =
        BigDecimal.valueOf(config.refreshInterval().toMillis(), 3)
            .stripTrailingZeros()
            .toPlainString();
    return HttpRequest.newBuilder(URI.create(config.url()))
        .GET()
        .header("Accept", "application/json")
        .header("User-Agent", userAgent)
        .header("X-Prometheus-Refresh-Interval-Seconds", seconds)
        .build();
  }

  private static boolean isJson(String contentType) {
    String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", 2);
    String parameter = parts.length == 1 ? "" : parts[1].strip();
    return parts[0].strip().equals("application/json")
        && (parameter.isEmpty()
            || parameter.equals("charset=utf-8")
            || parameter.equals("charset=\"utf-8\""));
  }

  private static String text(byte[] body) throws IOException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      if (!text.stripLeading().startsWith("[")) {
        throw new IOException("the answer is not a JSON list");
      }
      return text;
    } catch (CharacterCodingException e) {
      throw new IOException("the answer is not UTF-8", e);
    }
  }

  /// The URL without user info and query, which may contain secrets.
  private String address() {
    URI url = URI.create(config.url());
    String port = url.getPort() < 0 ? "" : ":" + url.getPort();
    return url.getScheme() + "://" + url.getHost() + port + url.getRawPath();
  }

  @Override
  public String toString() {
    return address();
  }
}
