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

/// Where the public keys of issuers come from.
interface KeySource {
  /// How long an issuer is waited for.
  Duration PATIENCE = Duration.ofSeconds(5);

  /// GitHub's and GitLab's have less than 10 KiB.
  int MOST = 256 * 1024;

  /// The issuer's key set, as JSON.
  ///
  /// @throws IOException when the issuer does not give it now
  String fetch(Issuer issuer) throws IOException, InterruptedException;

  /// Lets go of what was for other issuers than these.
  default void retain(List<Issuer> issuers) {}

  /// Asks by HTTP, 5 s long at most, for 256 KiB at most.
  static KeySource http(ClientPool clients) {
    return new KeySource() {
      @Override
      public String fetch(Issuer issuer) throws IOException, InterruptedException {
        var request =
            HttpRequest.newBuilder(issuer.jwks()).header("Accept", "application/json").build();
        HttpResponse<byte[]> answer =
            clients.client(issuer.http()).send(request, BoundedBody.of(MOST + 1), PATIENCE);
        if (answer.statusCode() != 200) {
          throw new IOException("status " + answer.statusCode());
        }
        if (answer.body().length > MOST) {
          throw new IOException("more than " + MOST + " bytes");
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
