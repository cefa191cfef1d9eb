package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Cidr;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustBoundaryTest {
  private static final URI EXTERNAL = URI.create("http://127.0.0.1:9095");

  /// Headers as in `Host: a; Origin: b`.
  private record TextHeaders(Map<String, List<String>> all) implements TrustBoundary.Headers {
    static TextHeaders of(String text) {
      var all = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
      for (String one : text.split(";")) {
        int colon = one.indexOf(':');
        if (colon > 0) {
          all.computeIfAbsent(one.substring(0, colon).strip(), _ -> new ArrayList<>())
              .add(one.substring(colon + 1).strip());
        }
      }
      return new TextHeaders(all);
    }

    @Override
    public Set<String> names() {
      return all.keySet();
    }

    @Override
    public List<String> values(String name) {
      return all.getOrDefault(name, List.of());
    }
  }

  private static Client client(TrustBoundary perimeter, String peer, String headers) {
    return perimeter.client(TextHeaders.of(headers), peer, null);
  }

  private static TrustBoundary loopback(String trusted) {
    return new TrustBoundary("127.0.0.1", EXTERNAL, Cidr.parseAll(trusted));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1 | Host: localhost:9095",
        "127.0.0.1 | Host: LOCALHOST",
        "127.0.0.1 | Host: 127.0.0.1:9095",
        "127.0.0.1 | Host: 127.8.8.8:9095",
        "::1 | Host: [::1]:9095",
        "0:0:0:0:0:0:0:1 | Host: [::1]:9095",
        "::ffff:127.0.0.1 | Host: localhost",
        "127.0.0.1 | Host: localhost:9095; Origin: http://localhost:9095; Sec-Fetch-Site: same-origin",
        "127.0.0.1 | Host: 127.0.0.1:9095; Origin: http://localhost:9095",
        "127.0.0.1 | Host: localhost:9095; Sec-Fetch-Site: none",
      })
  void requestOfThisHost_isLocal(String peer, String headers) {
    assertThat(client(loopback(""), peer, headers).foreign()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1 | Host: localhost:9095 | from another host",
        "garbage | Host: localhost:9095 | from another host",
        "127.0.0.1 | X: y | has no Host header",
        "127.0.0.1 | Host: localhost; Host: evil.example | has no Host header",
        "127.0.0.1 | Host: evil.example | for the host \"evil.example\"",
        "127.0.0.1 | Host: evil.example:9095 | for the host",
        "127.0.0.1 | Host: localhost.evil.example | for the host",
        "127.0.0.1 | Host: 127.0.0.1.evil.example | for the host",
        "127.0.0.1 | Host: evil.example@localhost | for the host",
        "127.0.0.1 | Host: localhost/evil | for the host",
        "127.0.0.1 | Host: localhost; X-Forwarded-For: 192.0.2.1 | forwarded by a proxy",
        "127.0.0.1 | Host: localhost; x-forwarded-host: a | forwarded by a proxy",
        "127.0.0.1 | Host: localhost; X-Forwarded-Server: a | forwarded by a proxy",
        "127.0.0.1 | Host: localhost; Forwarded: for=127.0.0.1 | forwarded by a proxy",
        "127.0.0.1 | Host: localhost; Via: 1.1 a | forwarded by a proxy",
        "127.0.0.1 | Host: localhost; X-Real-IP: 127.0.0.1 | forwarded by a proxy",
        "127.0.0.1 | Host: localhost; CF-Connecting-IP: 127.0.0.1 | forwarded by a proxy",
        "127.0.0.1 | Host: localhost:9095; Origin: http://evil.example | by a page of",
        "127.0.0.1 | Host: localhost:9095; Origin: null | by a page of",
        "127.0.0.1 | Host: localhost:9095; Origin: http://localhost:3000 | by a page of",
        "127.0.0.1 | Host: localhost:9095; Origin: file:///tmp/x.html | by a page of",
        "127.0.0.1 | Host: localhost:9095; Sec-Fetch-Site: cross-site | another site",
        "127.0.0.1 | Host: localhost:9095; Sec-Fetch-Site: same-site | another site",
        "127.0.0.1 | Host: evil.example:9095; Origin: http://evil.example:9095 | for the host",
      })
  void requestOfSomebodyElse_isForeignAndSaysWhy(String peer, String headers, String reason) {
    assertThat(client(loopback(""), peer, headers).foreign()).contains(reason);
  }

  @Test
  void listenerThatOthersReach_nobodyIsLocal() {
    for (String host : List.of("0.0.0.0", "::", "192.0.2.9", "no such name")) {
      var perimeter = new TrustBoundary(host, EXTERNAL, List.of());
      assertThat(client(perimeter, "127.0.0.1", "Host: localhost:9095").foreign())
          .contains("listens on " + host);
    }
  }

  @Test
  void externalUrlOfAnotherHost_somethingForwards_nobodyIsLocal() {
    var perimeter =
        new TrustBoundary("127.0.0.1", URI.create("https://pharos.example.org"), List.of());
    assertThat(client(perimeter, "127.0.0.1", "Host: 127.0.0.1:9095").foreign())
        .contains("https://pharos.example.org");
    assertThat(perimeter.isSecure()).isTrue();
  }

  @Test
  void trustedProxy_isNeverLocalAndItsWordCounts() {
    var perimeter = loopback("127.0.0.1, 10.0.0.0/8");
    var client =
        client(
            perimeter,
            "127.0.0.1",
            "Host: 127.0.0.1:9095; X-Forwarded-For: 203.0.113.7, 198.51.100.1, 10.1.2.3;"
                + "X-Forwarded-Host: pharos.example.org; Origin: http://pharos.example.org");
    assertThat(client.address()).isEqualTo("198.51.100.1");
    assertThat(client.foreign()).contains("forwarded");
    assertThat(client.crossSite()).isEmpty();
    assertThat(client(perimeter, "127.0.0.1", "Host: 127.0.0.1:9095").foreign())
        .as("a proxy that says nothing")
        .contains("forwarded");
  }

  @Test
  void untrustedProxy_itsWordDoesNotCount() {
    var client =
        client(
            loopback("10.0.0.0/8"),
            "192.0.2.1",
            "Host: a.example; X-Forwarded-For: 127.0.0.1; X-Forwarded-Host: evil.example;"
                + "Origin: http://evil.example");
    assertThat(client.address()).isEqualTo("192.0.2.1");
    assertThat(client.crossSite()).contains("evil.example");
  }

  @Test
  void originOfTheExternalUrl_isOurs() {
    var perimeter =
        new TrustBoundary("0.0.0.0", URI.create("https://pharos.example.org"), List.of());
    assertThat(
            client(perimeter, "10.0.0.1", "Host: backend:9095; Origin: https://pharos.example.org")
                .crossSite())
        .isEmpty();
    assertThat(
            client(perimeter, "10.0.0.1", "Host: backend:9095; Origin: http://pharos.example.org")
                .crossSite())
        .isNotEmpty();
  }

  @Test
  void linkFromAnotherSite_isLocalOnceItWritesFromOurPage() {
    var client =
        client(loopback(""), "127.0.0.1", "Host: localhost:9095; Sec-Fetch-Site: cross-site");
    assertThat(client.isLocal()).isFalse();
    assertThat(client.fromOwnPage().isLocal()).isTrue();
    assertThat(
            client(loopback(""), "192.0.2.1", "Host: localhost:9095; Sec-Fetch-Site: cross-site")
                .fromOwnPage()
                .isLocal())
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "proxy.example", "10.0.0.0/x", "::/129"})
  void cidr_thatIsNone_isRefused(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
