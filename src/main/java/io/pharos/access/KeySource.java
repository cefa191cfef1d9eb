package io.pharos.access;

import io.pharos.http.BoundedBody;
import io.pharos.http.ClientPool;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// Fetches the public keys of issuers.
interface KeySource {
  /// Timeout of a request to an issuer.
  Duration TIMEOUT = Duration.ofSeconds(5);

  /// Maximum size of a key set in bytes; GitHub's and GitLab's have less than 10 KiB.
  int MAX_BYTES = 256 * 1024;

  /// Fetches the issuer's key set, as JSON.
  ///
  /// @throws IOException if the issuer is unavailable
  String fetch(Issuer issuer) throws IOException, InterruptedException;

  /// Releases the resources of all other issuers.
  default void retain(List<Issuer> issuers) {}

  /// Fetches by HTTP, within 5 s and 256 KiB.
  static KeySource http(ClientPool clients) {
    return new KeySource() {
      @Override
      public String fetch(Issuer issuer) throws IOException, InterruptedException {
        var request =
            HttpRequest.newBuilder(issuer.jwks()).header("Accept", "application/json").build();
        HttpResponse<byte[]> answer =
            clients.client(issuer.http()).send(request, BoundedBody.of(MAX_BYTES + 1), TIMEOUT);
        if (answer.statusCode() != 200) {
          throw new IOException("status " + answer.statusCode());
        }
        if (answer.body().length > MAX_BYTES) {
          throw new IOException("more than " + MAX_BYTES + " bytes");
        }
        return new String(answer.body(), StandardCharsets.UTF_8);
      }

      @Override
      public void retain(List<Issuer> issuers) {
        clients.retain(issuers.stream().map(Issuer::http).collect(Collectors.toSet()));
      }
    };
  }
}
